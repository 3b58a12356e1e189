"""What could make a window miss an event: rooms forgotten and read anew, reads that fail, places taken."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator

import pytest

from chat import delivery
from chat.app import Chat
from chat.storage.tables import Event
from tests.kit.chats import until
from tests.kit.history import said
from tests.kit.people import NoScriptPerson, Person, Room


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def plain(room: Room) -> NoScriptPerson:
    return await room.enter_without_script()


def forget(chat: Chat, room: str = "lobby") -> None:
    """The room was idle for long."""
    del chat.delivery._tails[room]


class Flaky:
    """A reading of the log that fails a few times."""

    def __init__(self, read, failures: int) -> None:
        self.read = read
        self.failures = failures

    async def __call__(self, *arguments):
        if self.failures:
            self.failures -= 1
            raise sqlite3.OperationalError("disk I/O error")
        return await self.read(*arguments)


async def test_a_first_poll_that_finds_the_room_forgotten_still_tells_that_the_page_is_live(ann: Person, chat: Chat):
    assert ann.page.has("#stale")
    forget(chat)
    await ann.polls()
    assert not ann.page.has("#stale")


async def test_who_asks_for_events_that_were_all_erased_goes_on_behind_them(ann: Person, chat: Chat):
    await said(chat, map(str, range(5)))
    await Event.delete(force=True).run()
    forget(chat)
    await ann.catches_up()
    assert ann.cursor == "messages?after=5"
    await said(chat, ["news"])
    await ann.sees("news")


async def test_a_log_without_script_goes_on_when_its_room_was_forgotten(plain: NoScriptPerson, room: Room, chat: Chat):
    chat.waiting.seconds = 0.01
    ann = await room.enter()
    async with plain.log() as stream:
        await stream.reads('role="log"')
        forget(chat)
        await ann.says("is anybody there?")
        await stream.reads_to_the_end()
        assert stream.text.endswith('<meta http-equiv="refresh" content="1">')


async def test_a_log_without_script_is_in_use_while_it_is_read(plain: NoScriptPerson, chat: Chat):
    chat.waiting.seconds = 0.01
    async with plain.log() as stream:
        await stream.reads('role="log"')
        tail = await chat.delivery.tail("lobby")
        before = tail.used
        await until(lambda: tail.used > before)


async def test_a_log_without_script_that_cannot_be_read_tries_again_by_itself(
    plain: NoScriptPerson, chat: Chat, monkeypatch: pytest.MonkeyPatch
):
    forget(chat)
    monkeypatch.setattr(chat.house.log, "latest", Flaky(chat.house.log.latest, failures=1))
    async with plain.log() as stream:
        await stream.reads_to_the_end()
        assert stream.status == 200
        assert stream.text == '<meta http-equiv="refresh" content="6">'


def speak_while_it_is_read(chat: Chat, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Say something after the newest events were read, and before whoever reads them has them."""
    log = chat.house.log
    read = log.latest

    async def read_slowly(*arguments):
        events = await read(*arguments)
        monkeypatch.setattr(log, "latest", read)
        await said(chat, [text])
        return events

    monkeypatch.setattr(log, "latest", read_slowly)


@pytest.fixture
async def interrupted(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Flaky]:
    """The room is being read; meanwhile somebody speaks, and what was said cannot be read at first."""
    await said(chat, ["before"])
    flaky = Flaky(chat.house.log.page_after, failures=2)
    monkeypatch.setattr(delivery, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(chat.house.log, "page_after", flaky)
    speak_while_it_is_read(chat, "while it was read", monkeypatch)
    forget(chat)
    yield flaky


async def test_a_room_s_first_message_said_while_the_room_is_read_is_on_its_page(
    room: Room, chat: Chat, monkeypatch: pytest.MonkeyPatch
):
    speak_while_it_is_read(chat, "the first", monkeypatch)
    ann = await room.enter()
    assert ann.texts == ["the first"]


async def test_what_was_said_while_the_room_was_read_comes_although_reading_failed(
    ann: Person, chat: Chat, interrupted: Flaky
):
    await ann.polls()
    assert ann.answer.status_code == 503
    await ann.sees("before", "while it was read")


async def test_a_room_that_could_not_be_read_to_its_end_is_brought_up_to_date_by_itself(
    ann: Person, chat: Chat, interrupted: Flaky
):
    await ann.polls()
    tail = chat.delivery.held("lobby")
    assert tail
    assert (tail.last, tail.known) == (1, 2)
    await until(lambda: tail.last == 2)


async def test_rooms_that_could_not_be_read_are_not_kept(room: Room, chat: Chat, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delivery, "ROOMS", 20)
    monkeypatch.setattr(chat.house.log, "latest", Flaky(chat.house.log.latest, failures=100))
    for number in range(100):
        with pytest.raises(sqlite3.OperationalError):
            await chat.delivery.tail(f"room-{number}")
    assert len(chat.delivery._tails) <= 20


async def test_a_poll_that_takes_the_place_of_its_own_seat_needs_no_other_place(room: Room, chat: Chat):
    browser = room.browser()
    windows = [await room.enter(browser) for _ in range(3)]
    for window in windows:
        await window.polls()
    polls = [await window.waits() for window in windows]
    tabs = [Person(browser) for _ in windows]
    for tab, window in zip(tabs, windows, strict=True):
        await tab.enters(window.url)
        await tab.polls()
    again = [await tab.waits() for tab in tabs]
    assert len(chat.waiting.held) == 3
    chat.waiting.release()
    await asyncio.gather(*polls, *again)
    assert all(window.paced for window in windows)
    assert chat.waiting.held == {}
