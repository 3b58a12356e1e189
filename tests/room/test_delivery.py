"""What could make a window miss an event: rooms forgotten and read anew, reads that fail, places taken."""

import asyncio
from typing import Any

import pytest

from chat.app import Chat
from chat.sizes import Sizes
from chat.storage import log
from chat.storage.errors import Unavailable
from chat.storage.tables import Event
from tests.kit.acts import forgets
from tests.kit.chats import Clock, until
from tests.kit.doors import DOORS
from tests.kit.history import said
from tests.kit.people import NoScriptPerson, Person, Room


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def plain(room: Room) -> NoScriptPerson:
    return await room.enter_without_script()


class OwnLog:
    """The rooms' log as the hub reads it; a test may put another reading in the place of each."""

    def __init__(self) -> None:
        self.latest: Any = log.latest
        self.after: Any = log.after
        self.last_seq: Any = log.last_seq
        self.last_seqs: Any = log.last_seqs
        self.first_seq: Any = log.first_seq
        self.ends: Any = log.ends


@pytest.fixture
def own_log() -> OwnLog:
    return OwnLog()


@pytest.fixture
def parts(own_log: OwnLog) -> dict[str, Any]:
    return {"log": own_log}


class Flaky:
    """A reading of the log that fails a few times."""

    def __init__(self, read, failures: int) -> None:
        self.read = read
        self.failures = failures

    async def __call__(self, *arguments):
        if self.failures:
            self.failures -= 1
            raise Unavailable("disk I/O error")
        return await self.read(*arguments)


async def test_a_first_poll_that_finds_the_room_forgotten_still_tells_that_the_page_is_live(
    ann: Person, chat: Chat, clock: Clock
):
    assert ann.page.has("#stale")
    await forgets(chat, clock)
    await ann.polls()
    assert not ann.page.has("#stale")


async def test_who_asks_for_events_that_were_all_erased_goes_on_behind_them(ann: Person, chat: Chat, clock: Clock):
    await said(chat, map(str, range(5)))
    await Event.delete(force=True).run()
    await forgets(chat, clock)
    await ann.catches_up()
    assert ann.cursor == "messages?after=5"
    await said(chat, ["news"])
    await ann.sees("news")


async def test_a_log_without_script_goes_on_when_its_room_was_forgotten(
    plain: NoScriptPerson, room: Room, chat: Chat, clock: Clock
):
    chat.services.waiters.seconds = 0.01
    ann = await room.enter()
    async with plain.log() as stream:
        await stream.reads('role="log"')
        while "lobby" in chat.services.hub.rooms:  # not while the log waits in it
            await forgets(chat, clock)
            await asyncio.sleep(0)
        await ann.says("is anybody there?")
        await stream.reads_to_the_end()
        assert stream.text.endswith('<meta http-equiv="refresh" content="1">')


async def test_a_log_without_script_is_in_use_while_it_is_read(plain: NoScriptPerson, chat: Chat):
    chat.services.waiters.seconds = 0.01
    async with plain.log() as stream:
        await stream.reads('role="log"')
        tail = chat.services.hub.rooms["lobby"]
        before = tail.used_at
        await until(lambda: tail.used_at > before)


async def test_a_log_without_script_that_cannot_be_read_tries_again_by_itself(
    plain: NoScriptPerson, chat: Chat, clock: Clock, own_log: OwnLog
):
    await forgets(chat, clock)
    own_log.latest = Flaky(log.latest, failures=1)
    async with plain.log() as stream:
        await stream.reads_to_the_end()
        assert stream.status == 200
        assert stream.text == '<meta http-equiv="refresh" content="6">'


@pytest.fixture
def sizes() -> Sizes:
    return Sizes(retry_seconds=0.001, rooms=20)


class Interrupted:
    """A reading of the newest events, once: before whoever reads them has them, somebody speaks."""

    def __init__(self, chat: Chat, own_log: OwnLog, text: str) -> None:
        self.chat = chat
        self.own_log = own_log
        self.text = text

    async def __call__(self, *arguments):
        events = await log.latest(*arguments)
        self.own_log.latest = log.latest
        await said(self.chat, [self.text])
        return events


@pytest.fixture
async def interrupted(chat: Chat, clock: Clock, own_log: OwnLog) -> None:
    """The room is being read; meanwhile somebody speaks, and what was said cannot be read at first."""
    await said(chat, ["before"])
    own_log.after = Flaky(log.after, failures=2)

    await forgets(chat, clock)
    own_log.latest = Interrupted(chat, own_log, "while it was read")


async def test_a_room_s_first_message_said_while_the_room_is_read_is_on_its_page(
    room: Room, chat: Chat, own_log: OwnLog
):
    own_log.latest = Interrupted(chat, own_log, "the first")
    ann = await room.enter()
    assert ann.texts == ["the first"]


async def test_what_was_said_while_the_room_was_read_comes_although_reading_failed(
    ann: Person, chat: Chat, interrupted: None
):
    await ann.polls()
    assert ann.answer.status_code == 503
    await ann.sees("before", "while it was read")


async def test_a_room_that_could_not_be_read_to_its_end_is_brought_up_to_date_by_itself(
    ann: Person, chat: Chat, interrupted: None
):
    await ann.polls()
    tail = chat.services.hub.rooms["lobby"]
    assert (tail.last, tail.announced_seq) == (1, 2)
    await until(lambda: tail.last == 2)


async def test_rooms_that_could_not_be_read_are_not_kept(chat: Chat, own_log: OwnLog):
    own_log.latest = Flaky(log.latest, failures=100)
    for number in range(100):
        with pytest.raises(Unavailable):
            await chat.services.hub.tail(f"room-{number}")
    assert len(chat.services.hub.rooms) <= 20


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
    assert len(chat.services.waiters.held) == 3
    chat.services.waiters.release()
    await asyncio.gather(*polls, *again)
    assert all(window.paced for window in windows)
    assert chat.services.waiters.held == {}
    assert not chat.services.waiters.places.taken
