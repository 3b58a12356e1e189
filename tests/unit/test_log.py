"""The room log as rows: one order without holes, each event once, all of a batch or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chat.domain.events import Event, Message, Notice, Removal, Rename
from chat.storage import log, people
from chat.storage.append import Draft, Result, append
from chat.storage.database import Database
from chat.storage.errors import DatabaseError, Unavailable
from chat.storage.sqlite import TunedConnection
from chat.storage.tables import Event as EventRow
from chat.storage.tables import Person as PersonRow
from chat.storage.tables import Room as RoomRow

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


def says(text: str, seat: str = "ann", room: str = "lobby", once: str | None = None) -> Draft:
    return Draft(Message(room=room, seat=seat, text=text), once)


def renames(name: str | None, seat: str = "ann", room: str = "lobby") -> Draft:
    return Draft(Rename(room=room, seat=seat, new=name))


def removes(target: int, room: str = "lobby") -> Draft:
    return Draft(Removal(room=room, seat="moderator", target=target))


def gives_notice(text: str) -> Draft:
    return Draft(Notice(room="lobby", seat="house", text=text))


def numbers(results: list[Result]) -> list[int | None]:
    return [result.event.seq if result.event else None for result in results]


async def texts(room: str = "lobby") -> list[str]:
    return [event.text for event in await log.latest(room, 1000) if isinstance(event, Message)]


async def test_events_take_the_next_numbers_of_their_room(database: Database):
    assert numbers(await append(database, [says("one"), says("one", room="cellar"), says("two")])) == [1, 1, 2]
    assert numbers(await append(database, [says("two", room="cellar"), says("three")])) == [2, 3]
    assert (await log.last_seq("lobby"), await log.last_seq("cellar"), await log.last_seq("attic")) == (3, 2, 0)
    assert await texts() == ["one", "two", "three"]


async def test_who_enters_keeps_the_nickname_that_another_process_has_just_stored(database: Database):
    await people.keep({"ann": "Ann"})
    await people.enter(["ann", "bob"])
    assert await people.nicknames(["ann", "bob", "cid"]) == {"ann": "Ann", "bob": None}


async def test_what_was_appended_is_what_is_read(database: Database):
    await append(database, [says("hi"), renames("Ann"), gives_notice("be kind")])
    await append(database, [removes(1)])
    (again,) = await append(database, [says("\U0001f600 'quoted' {} %s \\ ünï", once="k")])
    events = await log.latest("lobby", 10)
    assert events[-1] == again.event
    common: dict[str, Any] = {"room": "lobby", "at": NOW}
    assert [replace(event, at=NOW) for event in events] == [
        Message(**common, seq=1, seat="ann", text="", erased=True),
        Rename(**common, seq=2, seat="ann", old=None, new="Ann"),
        Notice(**common, seq=3, seat="house", text="be kind"),
        Removal(**common, seq=4, seat="moderator", target=1),
        Message(**common, seq=5, seat="ann", nickname="Ann", text="\U0001f600 'quoted' {} %s \\ ünï"),
    ]
    assert all(event.room == "lobby" for event in events)
    assert all(timedelta(0) <= datetime.now(UTC) - event.at < timedelta(minutes=1) for event in events)


async def test_a_repeat_answers_the_first_result_and_takes_no_number(database: Database):
    (first,) = await append(database, [says("hi", once="k")])
    results = await append(database, [says("hi", once="k"), says("new", once="l"), says("hi", once="k")])
    assert [result.fresh for result in results] == [False, True, False]
    assert results[0].event == results[2].event == first.event
    assert numbers(results) == [1, 2, 1]
    assert await texts() == ["hi", "new"]


async def test_a_batch_that_fails_leaves_nothing(database: Database):
    await append(database, [says("before")])
    nothing = Draft(Notice(room="lobby", seat="eve", text=None))  # type: ignore[arg-type]
    broken = [says("good"), renames("Kim", "bob"), removes(1), nothing]
    with pytest.raises(DatabaseError, match=r"(?i)null"):
        await append(database, broken)
    assert await texts() == ["before"]
    assert await people.nicknames(["bob"]) == {}
    assert numbers(await append(database, [says("after")])) == [2]


def named(event: Event | None) -> object:
    """Under which name a message stands, or what a rename says."""
    return (
        (event.old, event.new) if isinstance(event, Rename) else event.nickname if isinstance(event, Message) else event
    )


async def test_a_rename_says_the_old_name_and_counts_from_then_on(database: Database):
    results = await append(database, [says("a"), renames("Ann"), says("b"), renames(None), says("c")])
    assert [named(result.event) for result in results] == [None, (None, "Ann"), "Ann", ("Ann", None), None]
    assert await people.nicknames(["ann"]) == {"ann": None}


async def test_a_rename_to_the_same_name_leaves_no_event(database: Database):
    await append(database, [says("hi"), renames("Ann")])
    results = await append(database, [renames("Ann"), says("a"), renames("Ann"), renames("Bea"), renames("Bea")])
    assert numbers(results) == [None, 3, None, 4, None]


async def test_a_rename_in_a_room_that_does_not_exist_is_kept_and_makes_no_room(database: Database):
    assert numbers(await append(database, [renames("Ann"), renames("Bob", "bob")])) == [None, None]
    assert await RoomRow.count() == await EventRow.count() == 0
    assert await people.nicknames(["ann", "bob", "eve"]) == {"ann": "Ann", "bob": "Bob"}


async def test_a_removal_empties_the_message_and_is_an_event_of_its_own(database: Database):
    await append(database, [says("bad"), says("good")])
    (result,) = await append(database, [removes(1)])
    assert isinstance(result.event, Removal)
    assert (result.event.seq, result.event.target) == (3, 1)
    events = await log.before("lobby", 3, 5)
    assert [(event.text, event.erased) for event in events if isinstance(event, Message)] == [
        ("", True),
        ("good", False),
    ]


async def test_only_a_message_that_is_there_can_be_removed_and_only_once(database: Database):
    await append(database, [says("hi"), renames("Ann"), says("hi", room="cellar")])
    results = await append(database, [removes(2), removes(9), removes(1, "attic"), removes(1), removes(1)])
    assert numbers(results) == [None, None, None, 3, None]
    assert await texts("cellar") == ["hi"]


async def test_a_person_is_stored_once_with_the_first_act(database: Database):
    await append(database, [says("a"), says("b"), says("c", "bob")])
    await append(database, [says("d"), removes(1), gives_notice("be kind")])
    assert sorted(await PersonRow.select(PersonRow.seat).output(as_list=True)) == ["ann", "bob"]


# --- reading ---


async def test_pages_are_in_order_and_bounded(database: Database):
    await append(database, [says(str(number)) for number in range(1, 21)])
    await append(database, [says("elsewhere", room="cellar")])

    def seen(events: list[Event]) -> list[int]:
        return [event.seq for event in events]

    assert seen(await log.latest("lobby", 3)) == [18, 19, 20]
    assert seen(await log.before("lobby", 4, 2)) == [2, 3]
    assert seen(await log.before("lobby", 3, 50)) == [1, 2]
    assert seen(await log.before("lobby", 1, 50)) == []
    assert seen(await log.before("lobby", 2**53, 1)) == [20]
    assert seen(await log.after("lobby", 17, 2)) == [18, 19]
    assert seen(await log.after("lobby", 20, 5)) == seen(await log.after("lobby", 2**53, 5)) == []
    assert seen(await log.after("lobby", -1, 2)) == [1, 2]
    assert seen(await log.latest("attic", 5)) == []


# --- whatever comes ---

BATCHES = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["says", "renames", "removes"]), st.integers(0, 3), st.sampled_from(["a", "b"])),
        max_size=5,
    ),
    max_size=6,
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@hypothesis(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches=BATCHES)
async def test_whatever_is_appended_the_numbers_have_no_hole(
    database: Database, batches: list[list[tuple[str, int, str]]]
):
    await EventRow.delete(force=True)
    await RoomRow.delete(force=True)
    keys = 0
    for batch in batches:
        drafts: list[Draft] = []
        for what, which, room in batch:
            keys += 1
            once = f"{which} {room}" if which < 2 else f"new {keys}"
            known = once in {draft.once for draft in drafts}
            draft = {
                "says": says(str(which), str(which), room, None if known else once),
                "renames": renames(str(keys), str(which), room),
            }
            drafts.append(draft.get(what) or removes(which, room))
        await append(database, drafts)
    for room in ("a", "b"):
        events = await log.latest(room, 1000)
        assert [event.seq for event in events] == list(range(1, await log.last_seq(room) + 1))
        for event in events:
            if isinstance(event, Removal):
                target = events[event.target - 1]
                assert isinstance(target, Message)
                assert target.erased


async def test_the_database_itself_takes_no_number_twice(database: Database):
    await append(database, [says("hi", once="k")])
    for number, once in ((1, "other"), (2, "k")):
        with pytest.raises(DatabaseError, match=r"(?i)unique"):
            await EventRow.insert(EventRow(room=1, seq=number, kind="message", seat="s", text="x", once=once))
    assert await texts() == ["hi"]


async def test_sqlite_overwrites_what_is_erased_and_is_on_disk_when_it_says_so(sqlite_url: str):
    """Some SQLite are built to overwrite anyway; ours must be told. 2 is FULL."""
    path = sqlite_url.removeprefix("sqlite:///")
    asked: list[str] = []

    class Told(TunedConnection):
        def execute(self, *statement: Any) -> sqlite3.Cursor:
            asked.append(statement[0])
            return super().execute(*statement)

    with closing(sqlite3.connect(path, factory=Told)) as connection:
        found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")]
    assert found == [2, "wal"]
    assert "PRAGMA secure_delete=ON" in asked


async def test_checking_the_log_leaves_nothing(database: Database):
    await log.check(database)
    assert await PersonRow.count() == 0


async def test_checking_a_log_that_cannot_be_written_says_so(sqlite_url: str):
    database = Database(sqlite_url, busy_seconds=0.01)
    await database.open()
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"):
            await log.check(database)
        other.rollback()
        await log.check(database)
    await database.close()
