"""Messages are kept for so many days, whole from a room's old end; then they are erased, and everything goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from chat.app import Chat
from chat.storage import log
from chat.storage.tables import Event
from chat.storage.tables import Room as RoomTable
from tests.kit.history import said
from tests.kit.people import Person, Room

ERASED = "Older messages have been erased"
BEGINS = "This is where the room begins"


async def ages(upto: int, days: float, room: str = "lobby") -> None:
    """The messages of a room up to this number are as old as that."""
    at = datetime(2027, 1, 15, 8, tzinfo=UTC) - timedelta(days=days)
    await Event.raw(
        "UPDATE event SET at = {} WHERE seq <= {} AND room = (SELECT id FROM room WHERE name = {})", at, upto, room
    ).run()


async def erases(chat: Chat) -> None:
    """What the running server does from time to time, and what each process sees of it within a second."""
    await chat.services.retention.erase_old()
    await chat.services.watch.look()


async def stored(room: str = "lobby") -> list[int]:
    return [event.seq for event in await log.after(room, 0, 10_000)]


async def of_today() -> None:
    """The test's clock is ahead of the database's: nothing is old before a test says so."""
    await Event.raw("UPDATE event SET at = {}", datetime(2027, 1, 15, 7, tzinfo=UTC)).run()


async def test_whole_days_go_from_the_old_end_and_the_page_says_so(ann: Person, room: Room, chat: Chat):
    await said(chat, map(str, range(10)))
    await of_today()
    await ages(4, days=31)
    await erases(chat)
    assert await stored() == [5, 6, 7, 8, 9, 10]
    await ann.reloads()
    assert ann.texts == [str(number) for number in range(4, 10)]
    assert ERASED in ann.page.one("#older").text
    plain = await room.enter_without_script()
    assert plain.texts == ann.texts
    assert await log.first_seq("lobby") == 5


async def test_what_is_not_old_enough_stays(ann: Person, chat: Chat):
    await said(chat, map(str, range(10)))
    await of_today()
    await ages(4, days=30)
    await erases(chat)
    assert len(await stored()) == 10
    await ann.reloads()
    assert BEGINS in ann.page.one("#older").text


async def test_earlier_pages_end_where_the_kept_part_begins(tiny: None, ann: Person, chat: Chat):
    await said(chat, map(str, range(120)))
    await of_today()
    await ages(10, days=40)
    await erases(chat)
    await ann.reloads()
    while "Earlier" in ann.page.one("#older").text:
        await ann.reads_earlier()
    assert ann.texts == [str(number) for number in range(10, 120)]
    assert ERASED in ann.page.one("#older").text


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What is logged meanwhile."""
    with structlog.testing.capture_logs() as lines:
        yield lines


async def test_a_window_that_slept_goes_on_from_there(
    tiny: None, ann: Person, bob: Person, chat: Chat, logged: list[Any]
):
    await said(chat, ["first"])
    await bob.catches_up()
    await said(chat, map(str, range(30)))
    await of_today()
    await ages(20, days=31)
    await erases(chat)
    await bob.catches_up()
    assert bob.texts == [str(number) for number in range(19, 30)]  # what it showed is erased too
    assert ERASED in bob.page.one("#older").text
    await ann.says("new")
    await bob.catches_up()
    assert bob.texts[-1] == "new"
    assert not logged


async def test_a_quote_of_an_erased_message_is_emptied(ann: Person, bob: Person, chat: Chat):
    await ann.says("old secret")
    await bob.sees("old secret")
    await bob.replies("yes", to="old secret")
    await of_today()
    await ages(1, days=31)
    await erases(chat)
    answer = await ann.browser.gets(ann.path)
    assert "old secret" not in answer.text
    assert "yes" in answer.text


async def test_an_empty_room_disappears_and_counts_on_when_it_comes_back(
    ann: Person, bob: Person, chat: Chat, logged: list[Any]
):
    await said(chat, ["1", "2", "3"])
    await bob.catches_up()
    await ages(3, days=31)
    await erases(chat)
    assert await stored() == []
    assert await RoomTable.count().run() == 1  # somebody is in it
    await bob.reloads()
    assert ERASED in bob.page.one("#older").text
    chat.services.hub._tails.clear()
    await erases(chat)
    assert await RoomTable.count().run() == 0
    await bob.catches_up()
    await ann.reloads()
    await ann.says("again")
    assert await stored() == [4]
    await bob.sees("again")
    await ann.sees("again")
    assert bob.texts == ann.texts == ["again"]
    assert not logged


async def test_addresses_go_before_the_messages(ann: Person, chat: Chat):
    await ann.says("hello")
    await of_today()
    await erases(chat)
    [row] = await Event.select().run()
    assert row["address"]
    await ages(1, days=8)
    await erases(chat)
    [row] = await Event.select().run()
    assert (row["address"], row["browser"], row["text"]) == ("", "", "hello")
