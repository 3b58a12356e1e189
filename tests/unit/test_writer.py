"""The one task that stores events: what waits shares a commit, and nobody waits in vain."""

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import asynccontextmanager, closing

import pytest

from chat.clock import Clock
from chat.domain.events import Event, Message, Removal
from chat.domain.refusals import Refused
from chat.jobs import Jobs
from chat.storage.append import Result, append
from chat.storage.database import Database
from chat.storage.writer import Writer
from tests.kit.chats import until

TOO_LARGE = 2**70
"""No database has such a number."""


@pytest.fixture
async def database(database_url):
    threads = threading.active_count()
    database = Database(database_url, busy_seconds=0.01)
    await database.open()
    yield database
    await database.close()
    assert threading.active_count() == threads


@pytest.fixture
def shown() -> list[str]:
    """The texts that were announced, in order."""
    return []


@asynccontextmanager
async def writing(writer):
    """The writer at work."""
    jobs = Jobs(Clock())
    jobs.keep("writer", writer.run)
    yield writer
    await writer.drain()
    await jobs.stop()


@pytest.fixture
async def writer(database, shown, commits):
    async def counted(database, drafts, announce):
        commits.append(len(drafts))
        return await append(database, drafts, announce)

    made = Writer(database, lambda events: shown.extend(text_of(event) for event in events), append=counted)
    async with writing(made):
        yield made


@pytest.fixture
def other(database):
    """Another program with the same file open."""
    with closing(sqlite3.connect(database.path, timeout=5, isolation_level=None)) as other:
        yield other


@pytest.fixture
def commits() -> list[int]:
    """How many drafts each transaction had."""
    return []


def said(text: str, once: str | None = None) -> tuple[Message, str | None]:
    return Message(room="lobby", seat="annannannannann0", text=text), once


def text_of(event: Event) -> str:
    return event.text if isinstance(event, Message) else event.kind


def stored(other: sqlite3.Connection) -> list[str]:
    return [text for (text,) in other.execute("SELECT text FROM event ORDER BY seq")]


async def store_all(writer: Writer, *drafts: tuple[Event, str | None]) -> list[Result | BaseException]:
    return await asyncio.gather(*(writer.store(*draft) for draft in drafts), return_exceptions=True)


def seqs(results: Sequence[Result | BaseException]) -> list[int]:
    return [result.event.seq for result in results if isinstance(result, Result) and result.event]


def refused(results: Sequence[Result | BaseException]) -> list[bool]:
    return [isinstance(result, Refused) and result.reason == "not_stored" for result in results]


async def test_what_waits_shares_a_commit(writer, commits, other, shown):
    texts = [str(number) for number in range(450)]
    results = await store_all(writer, *map(said, texts))
    assert seqs(results) == list(range(1, 451))
    assert stored(other) == shown == texts
    assert commits == [200, 200, 50]


async def test_nothing_is_announced_before_it_is_stored(database, other):
    early: list[str] = []
    writer = Writer(database, lambda events: early.extend(set(map(text_of, events)) - set(stored(other))))
    async with writing(writer):
        await store_all(writer, *(said(str(number)) for number in range(300)))
    assert early == []


async def test_a_repeat_answers_the_first_result_and_takes_no_number(writer, shown):
    first = await writer.store(*said("hi", once="1"))
    again = await writer.store(*said("hi", once="1"))
    assert (first.fresh, again.fresh) == (True, False)
    assert again.event == first.event
    assert seqs([await writer.store(*said("next"))]) == [2]
    assert shown == ["hi", "next"]


async def test_two_at_once_with_one_key_are_one_message(writer, other):
    results = await store_all(writer, *[said("hi", once="1")] * 50)
    assert seqs(results) == [1] * 50
    assert stored(other) == ["hi"]


async def test_one_bad_row_fails_alone(writer, commits, other, shown):
    bad = Removal(room="lobby", seat="annannannannann0", target=TOO_LARGE), None
    results = await store_all(writer, said("1"), said("2"), bad, said("3"), said("4", once="4"))
    assert refused(results) == [False, False, True, False, False]
    assert seqs(results) == [1, 2, 3, 4]
    assert stored(other) == shown == ["1", "2", "3", "4"]
    assert commits == [5, 1, 1, 1, 1, 1]
    await store_all(writer, said("5"), said("6"))
    assert commits[6:] == [2]
    assert not writer.failing


async def test_a_commit_that_fails_refuses_only_whose_it_is(writer, other, monkeypatch):
    other.execute("CREATE TABLE debt (room INTEGER REFERENCES room (id) DEFERRABLE INITIALLY DEFERRED)")
    other.execute(
        "CREATE TRIGGER debtor AFTER INSERT ON event WHEN new.text = 'owes' BEGIN INSERT INTO debt VALUES (999); END"
    )
    results = await store_all(writer, said("1"), said("owes"), said("2"))
    assert refused(results) == [False, True, False]
    assert stored(other) == ["1", "2"]
    assert seqs(results) == [1, 2]


async def test_a_locked_database_refuses_all_who_wait_and_heals_by_itself(writer, commits, other, shown):
    other.execute("BEGIN IMMEDIATE")
    results = await store_all(writer, *(said(str(number), once=str(number)) for number in range(500)))
    assert all(refused(results))
    assert len(commits) == 1, "nobody waits for the next time out"
    assert writer.failing
    other.execute("ROLLBACK")
    results = await store_all(writer, *(said(str(number), once=str(number)) for number in range(500)))
    assert seqs(results) == list(range(1, 501))
    assert len(shown) == len(stored(other)) == 500
    assert not writer.failing


async def test_a_full_disk_refuses_and_heals_by_itself(writer, database, other):
    await writer.store(*said("before"))
    connection = database.engine.idle[-1]
    pages = (await connection.execute_fetchall("PRAGMA page_count"))[0]["page_count"]
    await connection.execute_fetchall(f"PRAGMA max_page_count={pages}")
    results = await store_all(writer, *(said("x" * 200, once=str(number)) for number in range(200)))
    assert all(refused(results))
    for connection in database.engine.idle:
        await connection.execute_fetchall("PRAGMA max_page_count=1000000")
    results = await store_all(writer, *(said("x" * 200, once=str(number)) for number in range(200)))
    assert seqs(results) == list(range(2, 202))


async def test_over_its_limit_the_queue_refuses_at_once(database, other):
    writer = Writer(database, lambda events: None, queue=3)
    waiting = [asyncio.ensure_future(writer.store(*said(str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Refused, match="not_stored"):
        await writer.store(*said("4"))
    async with writing(writer):
        assert seqs(await asyncio.gather(*waiting)) == [1, 2, 3]
        assert seqs([await writer.store(*said("4"))]) == [4]


async def test_a_repeat_of_what_waits_is_let_in_although_the_queue_is_full(database):
    writer = Writer(database, lambda events: None, queue=1)
    waiting = asyncio.ensure_future(writer.store(*said("hi", once="1")))
    await asyncio.sleep(0)
    again = asyncio.ensure_future(writer.store(*said("hi", once="1")))
    await asyncio.sleep(0)
    async with writing(writer):
        assert seqs(await asyncio.gather(waiting, again)) == [1, 1]


async def test_a_poster_who_is_gone_takes_nobody_along(writer, other, shown):
    posters = [asyncio.ensure_future(writer.store(*said(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    posters[2].cancel()
    results = await asyncio.gather(*posters, return_exceptions=True)
    assert [isinstance(result, asyncio.CancelledError) for result in results] == [False, False, True, False, False]
    assert stored(other) == shown == ["0", "1", "2", "3", "4"]


async def test_a_fault_in_showing_is_not_a_fault_in_storing(database, other):
    def fails(events):
        raise ZeroDivisionError

    writer = Writer(database, fails)
    async with writing(writer):
        assert seqs(await store_all(writer, said("1"), said("2"))) == [1, 2]
        assert stored(other) == ["1", "2"]


async def test_stopping_stores_what_waits_and_lets_nothing_more_in(writer, other):
    waiting = [asyncio.ensure_future(writer.store(*said(str(number)))) for number in range(500)]
    await asyncio.sleep(0)
    await writer.drain()
    assert seqs(await asyncio.gather(*waiting)) == list(range(1, 501))
    assert len(stored(other)) == 500
    with pytest.raises(Refused, match="not_stored"):
        await writer.store(*said("late"))


async def test_stopping_does_not_wait_for_a_lock_that_is_held_for_ever(writer, other, commits):
    other.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.ensure_future(writer.store(*said(str(number)))) for number in range(1000)]
    await asyncio.sleep(0)
    await writer.drain()
    assert all(refused(await asyncio.gather(*waiting, return_exceptions=True)))
    assert len(commits) == 1


async def test_it_holds_nothing_of_what_is_settled(writer, other):
    await store_all(writer, *(said(str(number), once=str(number)) for number in range(300)))
    other.execute("BEGIN IMMEDIATE")
    await store_all(writer, *(said(str(number), once=str(number)) for number in range(300, 600)))
    await until(lambda: not writer.busy)
    assert not any(writer.in_flight(str(number)) for number in range(600))


class Death(BaseException):
    """What no handler of errors catches."""


async def test_a_writer_that_dies_refuses_who_waited_and_starts_anew(database, other):
    """Whatever kills it: here, an append that fails in a way that no code foresees."""
    deaths = [Death]

    async def dies_once(*given):
        if deaths:
            raise deaths.pop()
        return await append(*given)

    jobs, writer = Jobs(Clock()), Writer(database, lambda events: None, append=dies_once)
    jobs.keep("writer", writer.run)
    assert refused(await store_all(writer, said("1", once="1"))) == [True]
    assert seqs(await store_all(writer, said("1", once="1"))) == [1]
    assert "writer" in jobs.problems()
    await writer.drain()
    await jobs.stop()
