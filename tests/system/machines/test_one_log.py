"""All processes write one log: one order, nothing twice, nothing lost."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from chat.app import Chat
from chat.domain.events import Message
from chat.storage import log
from chat.storage.append import append
from chat.storage.errors import Contended
from tests.kit.acts import removes, says
from tests.kit.chats import until
from tests.kit.people import Person, Room

Query = Callable[[str], Awaitable[list[Any]]]
GONE = "This message was removed"
HTMX = {"HX-Request": "true"}
NOWHERE = "192.0.2.1"


async def has_all(chat: Chat, room: str, last: int) -> None:
    tail = await chat.services.hub.tail(room)
    await until(lambda: tail.last == last)


@pytest.fixture
def collisions() -> list[Exception]:
    """What the processes' transactions failed with because of each other; they are tried again."""
    return []


@pytest.fixture
def parts(collisions: list[Exception]) -> dict[str, Any]:
    async def watched(*given: Any) -> Any:
        try:
            return await append(*given)
        except Contended as collision:
            collisions.append(collision)
            raise

    return {"append": watched}


async def test_posts_through_all_processes_at_once_make_one_gapless_order(chats: list[Chat], query: Query):
    tails = [await chat.services.hub.tail("lobby") for chat in chats]
    posts = [
        says(chat, "lobby", f"{number} through {which}") for number in range(60) for which, chat in enumerate(chats)
    ]
    events = await asyncio.gather(*posts)
    assert sorted(event.seq for event in events) == list(range(1, 181))
    stored = await query("SELECT seq, text FROM event ORDER BY seq")
    assert [row["seq"] for row in stored] == list(range(1, 181))
    assert {(event.seq, event.text) for event in events} == {tuple(row) for row in stored}
    await until(lambda: all(tail.last == 180 for tail in tails))
    for tail in tails:
        assert [tail.find(row["seq"]).text for row in stored] == [row["text"] for row in stored]


async def test_the_order_is_the_order_of_commits(chats: list[Chat], query: Query):
    if (await query("SHOW track_commit_timestamp"))[0][0] != "on":
        pytest.skip("this PostgreSQL keeps no times of commits: set track_commit_timestamp = on")

    async def talks(chat: Chat) -> None:
        for number in range(10):
            await says(chat, "lobby", f"{number}")

    await asyncio.gather(*(talks(chat) for chat in chats for _ in range(5)))
    rows = await query("SELECT pg_xact_commit_timestamp(xmin) AS at FROM event ORDER BY seq")
    assert len({row["at"] for row in rows}) > 20, "one transaction has no order"
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)


async def test_rooms_are_made_once_and_no_two_processes_wait_for_each_other(
    chats: list[Chat], query: Query, collisions: list[Exception]
):
    chance = random.Random(6)
    rooms = [f"room-{number}" for number in range(30)]

    async def talks(chat: Chat) -> list[str]:
        batches = [chance.sample(rooms, 20) for _ in range(12)]
        for batch in batches:
            await asyncio.gather(*(says(chat, room, "hi") for room in batch))
        return [room for batch in batches for room in batch]

    spoken_in = Counter(room for rooms in await asyncio.gather(*map(talks, chats)) for room in rooms)
    assert {row["name"]: row["last_seq"] for row in await query("SELECT name, last_seq FROM room")} == spoken_in
    assert not any(isinstance(collision.__cause__, asyncpg.DeadlockDetectedError) for collision in collisions)


@pytest.mark.parametrize("exists", [True, False], ids=["in a room", "in a new room"])
async def test_the_same_message_through_two_processes_at_once_is_stored_once(
    chats: list[Chat], query: Query, collisions: list[Exception], exists: bool
):
    if exists:
        await says(chats[2], "lobby", "first")
    for number in range(20):
        room = "lobby" if exists else f"new-{number}"
        one, other = await asyncio.gather(
            *(says(chat, room, "hi", key=f"key-{number}", seat="annannannannann0") for chat in chats[:2])
        )
        assert one == other
    assert not (exists and collisions), "a room that exists is locked before anything is read"
    assert (await query("SELECT count(*) FROM event WHERE text = 'hi'"))[0][0] == 20
    assert all(row["last_seq"] == row["events"] for row in await query(
        "SELECT last_seq, (SELECT count(*) FROM event WHERE room = room.id) AS events FROM room"
    ))  # fmt: skip


async def test_a_retry_that_comes_to_another_process_adds_nothing(ann: Person, bob: Person, chats: list[Chat]):
    for chat in chats:
        ann.browser.move_to(chat)
        answer = await ann.posts("messages", {"text": "hi", "key": "the-key"}, headers=HTMX)
        assert answer.status_code == 200
    await bob.sees("hi")
    await bob.catches_up()
    assert bob.texts == ["hi"]


async def test_who_was_overtaken_a_few_times_is_served_all_the_same(chats: list[Chat], monkeypatch: pytest.MonkeyPatch):
    """What only a new room and bad luck bring about: the other process's row comes between look and insert."""
    look, times = log.first_results, 2

    async def too_early(digests):
        nonlocal times
        times -= 1
        return {} if times >= 0 else await look(digests)

    first = await says(chats[0], "lobby", "hi", key="the-key", seat="annannannannann0")
    monkeypatch.setattr("chat.storage.append.first_results", too_early)
    assert await says(chats[1], "lobby", "hi", key="the-key", seat="annannannannann0") == first
    assert times < 0


async def test_a_seat_made_by_one_process_holds_on_all(ann: Person, chats: list[Chat]):
    for chat in chats:
        ann.browser.move_to(chat)
        await ann.reloads()
        assert ann.answer.status_code == 200
        assert ann.page.has("#say")


async def test_a_removal_reaches_the_windows_of_every_process(ann: Person, bob: Person, chats: list[Chat]):
    await ann.says("a mistake")
    await ann.says("no mistake")
    await bob.sees("a mistake", "no mistake")
    poll = await bob.waits()
    await removes(chats[0], "lobby", 1)
    await poll
    assert bob.texts == [GONE, "no mistake"]


async def test_what_was_removed_on_one_process_is_not_drawn_on_another(ann: Person, bob: Person, chats: list[Chat]):
    await ann.says("a mistake")
    await bob.sees("a mistake")
    await removes(chats[0], "lobby", 1)
    await has_all(chats[1], "lobby", 2)
    cid = await Room(chats[1]).enter()
    await cid.catches_up()
    assert "a mistake" not in cid.answer.text
    assert cid.texts == [GONE]


async def test_a_rename_shows_on_every_process(ann: Person, bob: Person, chats: list[Chat]):
    await ann.says("hi")
    ann.browser.move_to(chats[2])
    await ann.renames("Ann")
    ann.browser.move_to(chats[1])
    await ann.reloads()
    assert ann.nickname == "Ann"
    await ann.says("it is me")
    await bob.sees("hi", "it is me")
    assert bob.line("it is me").nickname == "Ann"


async def test_what_nobody_could_store_leaves_no_gap(chats: list[Chat]):
    bad = Message(room="lobby", seat="annannannannann0", text="NUL \0 is no text for PostgreSQL")
    good = [Message(room="lobby", seat="bobbobbobbobbob0", text=f"{number}") for number in range(5)]
    store = chats[0].services.writer.store
    results = await asyncio.gather(*(store(event) for event in [*good[:2], bad, *good[2:]]), return_exceptions=True)
    assert isinstance(results[2], Exception)
    stored = [result.event.seq for result in results if not isinstance(result, BaseException) and result.event]
    assert stored == [1, 2, 3, 4, 5]
