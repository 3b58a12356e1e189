"""Whoever was away gets everything that was said meanwhile, page by page, and sees where the unread begin."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chat.app import Chat
from chat.domain.events import Message
from chat.settings import Settings
from chat.storage.append import Draft, append
from chat.storage.tables import Event
from tests.kit.chats import Clock, running
from tests.kit.doors import DOORS
from tests.kit.history import said
from tests.kit.page import Line, Page
from tests.kit.people import Person, Room

HTMX = {"HX-Request": "true"}
NUMBERS = [str(number) for number in range(25)]


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def from_another_process(chat: Chat, *texts: str) -> None:
    """Stored behind this process's back."""
    drafts = [Draft(Message(room="lobby", seat="elsewhere", text=text)) for text in texts]
    await append(chat.services.database, drafts)


def spoken(person: Person) -> list[Line]:
    """What everybody sees."""
    return [line for line in person.lines if line.kind != "greeting"]


async def test_whoever_slept_catches_up_without_a_hole(tiny: None, ann: Person, chat: Chat):
    await ann.polls()
    await said(chat, NUMBERS)
    answers = 0
    while ann.texts != NUMBERS:
        assert len(ann.texts) == min(3 * answers, 25)
        await ann.polls()
        answers += 1
        assert not ann.paced
    assert answers == 9
    await ann.waits()


async def test_whoever_slept_through_hundreds_gets_them_by_the_hundred(ann: Person, chat: Chat):
    await ann.polls()
    await said(chat, map(str, range(450)))
    for expected in (100, 200, 300, 450):
        await ann.polls()
        if expected < 400:
            assert ann.texts == [str(number) for number in range(expected)]
    await ann.catches_up()
    assert ann.texts[-1] == "449"


async def test_while_one_catches_up_the_others_go_on(tiny: None, ann: Person, bob: Person, chat: Chat):
    await ann.polls()
    await said(chat, NUMBERS)
    for number in range(12):
        await asyncio.gather(ann.polls("&wait=0"), bob.says(f"new {number}"))
    await ann.catches_up()
    assert ann.texts == [*NUMBERS, *(f"new {number}" for number in range(12))]


async def test_what_is_drawn_from_the_database_is_drawn_as_from_memory(tiny: None, room: Room, chat: Chat):
    asleep, awake = await room.enter(), await room.enter()
    for window in (asleep, awake):
        await window.polls()
    kim = await room.enter()
    for number in range(4):
        await kim.says(f"one {number}")
        await said(chat, [f"two {number}"])
        await kim.says(f"three {number}")
        await kim.renames(f"Kim{number}")
        await awake.catches_up()
    await asleep.catches_up()
    assert spoken(asleep) == spoken(awake)


async def test_the_page_and_the_poll_draw_the_same(ann: Person, bob: Person):
    await ann.polls()
    for number in range(5):
        await bob.says(str(number))
        await bob.renames(f"Bob{number}")
    await ann.catches_up()
    polled = spoken(ann)
    await ann.reloads()
    assert spoken(ann) == polled


# --- where the unread begin ---


def unread(person: Person) -> list[str]:
    """The texts under the mark."""
    kinds = [line.kind for line in person.lines]
    assert kinds.count("unread") <= 1
    return [line.text for line in person.lines[kinds.index("unread") + 1 :]] if "unread" in kinds else []


async def test_after_an_absence_a_mark_shows_where_the_unread_begin(ann: Person, bob: Person, clock: Clock):
    await bob.says("old")
    await ann.polls()
    clock.passes(61)
    await bob.says("new")
    await bob.says("newer")
    await ann.catches_up()
    assert unread(ann) == ["new", "newer"]
    await bob.says("newest")
    await ann.catches_up()
    assert unread(ann) == ["new", "newer", "newest"]


@pytest.mark.parametrize("lost", [1, 3])
async def test_the_mark_comes_again_when_the_answer_that_had_it_is_lost(
    ann: Person, bob: Person, clock: Clock, lost: int
):
    await bob.says("old")
    await ann.sees("old")
    clock.passes(61)
    await bob.says("new")
    for _ in range(lost):
        answer = await ann.browser.gets(f"{ann.path}{ann.cursor}", **{"HX-Request": "true"})
        assert "New since you were away" in answer.text
        clock.passes(2)
    await bob.says("newer")
    await ann.catches_up()
    assert unread(ann) == ["new", "newer"]
    await bob.says("newest")
    await ann.catches_up()
    assert unread(ann) == ["new", "newer", "newest"]


async def test_who_was_away_for_a_moment_sees_no_mark(ann: Person, bob: Person, clock: Clock):
    await ann.polls()
    clock.passes(59)
    await bob.says("new")
    await ann.sees("new")
    assert unread(ann) == []


async def test_who_waited_was_not_away(ann: Person, bob: Person, clock: Clock):
    await ann.polls()
    poll = await ann.waits()
    clock.passes(3600)
    await bob.says("new")
    await poll
    assert ann.texts == ["new"]
    assert unread(ann) == []


async def test_who_comes_back_to_silence_sees_no_mark_later(ann: Person, bob: Person, clock: Clock):
    await ann.polls()
    clock.passes(3600)
    await ann.polls("&wait=0")
    clock.passes(10)
    await bob.says("new")
    await ann.sees("new")
    assert unread(ann) == []


async def test_a_long_absence_is_marked_once_over_all_its_pages(tiny: None, ann: Person, chat: Chat, clock: Clock):
    await ann.polls()
    clock.passes(3600)
    await said(chat, NUMBERS)
    await ann.catches_up()
    assert ann.texts == NUMBERS
    assert unread(ann) == NUMBERS


async def test_a_reloaded_page_has_no_mark(ann: Person, bob: Person, clock: Clock):
    await ann.polls()
    clock.passes(3600)
    await bob.says("new")
    await ann.reloads()
    await ann.polls()
    assert ann.texts == ["new"]
    assert unread(ann) == []


@pytest.mark.parametrize(("minutes", "marked"), [(2, ["a", "b"]), (0, [])])
async def test_after_the_server_was_started_anew_the_age_of_the_news_decides(
    settings: Settings, minutes: int, marked: list[str]
):
    async with running(settings) as chat:
        ann = await Room(chat).enter()
        await ann.polls()
        await said(chat, ["a", "b"])
        await Event.update({Event.at: datetime.now(UTC) - timedelta(minutes=minutes)}, force=True)
    async with running(settings) as chat:
        ann.browser.move_to(chat)
        await ann.sees("a", "b")
    assert unread(ann) == marked


# --- the server's own mishaps ---


async def test_a_window_goes_on_when_the_server_was_started_anew(settings: Settings):
    async with running(settings) as chat:
        ann, bob = await Room(chat).enter(), await Room(chat).enter()
        await bob.renames("Bob")
        await bob.says("before")
        await ann.sees("before")
    async with running(settings) as chat:
        for person in (ann, bob):
            person.browser.move_to(chat)
        await bob.says("after")
        await ann.sees("before", "after")
        assert ann.line("after").nickname == "Bob"
        assert [line.seq for line in ann.page.messages] == [1, 2]


async def test_a_window_ahead_of_a_restored_backup_is_loaded_anew(settings: Settings):
    async with running(settings) as chat:
        ann = await Room(chat).enter()
        for number in range(3):
            await ann.says(str(number))
        await ann.catches_up()
    async with running(settings) as chat:
        await Event.delete(force=True)
        await Event.raw("UPDATE room SET last_seq = 0")
        ann.browser.move_to(chat)
        await ann.polls()
        assert ann.answer.headers["hx-refresh"] == "true"
        assert ann.texts == []
        await ann.says("anew")
        await ann.sees("anew")


async def test_a_cursor_far_ahead_reloads_the_page(ann: Person):
    await ann.says("hi")
    for after in (2, 300, 10**14, 10**15, 2**53):
        ann.page.one("#poll").attributes["hx-get"] = f"messages?after={after}"
        await ann.polls()
        assert ann.answer.headers["hx-refresh"] == "true"
        assert ann.texts == ["hi"]


async def test_a_window_that_another_process_has_told_more_is_not_sent_away(ann: Person, chat: Chat, clock: Clock):
    await ann.says("one")
    await ann.catches_up()
    await from_another_process(chat, "two", "three")
    clock.passes(chat.services.sizes.check_seconds)
    polls = [await ann.browser.gets(f"{ann.path}messages?after=2&wait=0", **HTMX) for _ in range(2)]
    assert not any("hx-refresh" in answer.headers for answer in polls)
    assert Page(polls[1].text).one(".text").text == "three"


async def test_what_another_process_stored_is_shown_when_it_is_heard_of(ann: Person, chat: Chat):
    await ann.polls()
    poll = await ann.waits()
    await from_another_process(chat, "one", "two")
    assert not poll.done()
    chat.services.hub.on_seq("lobby", 2)
    await poll
    assert ann.texts == ["one", "two"]


async def test_between_what_other_processes_store_nothing_is_lost(ann: Person, bob: Person, chat: Chat):
    await ann.polls()
    await bob.says("one")
    await from_another_process(chat, "two")
    poll = asyncio.create_task(ann.polls())
    await bob.says("three")
    await poll
    await ann.sees("one", "two", "three")


@pytest.mark.sizes(rooms=10)
async def test_a_room_that_nobody_looks_at_is_forgotten_and_comes_back(ann: Person, bob: Person, chat: Chat):
    await ann.says("hi")
    for number in range(30):
        await Person(bob.browser).enters(f"/r/{number}/")
    assert len(chat.services.hub.rooms) <= 11
    assert chat.services.hub.cached("lobby") is None
    await bob.says("again")
    await ann.sees("hi", "again")


# --- a window that stands open for long ---


async def test_a_window_with_more_than_three_hundred_lets_go_of_the_oldest(ann: Person, chat: Chat, bob: Person):
    texts = [str(number) for number in range(310)]
    await ann.polls()
    await said(chat, texts)
    await ann.catches_up()
    assert ann.texts == texts[110:]
    assert ann.page.one("#from")["value"] == "111"
    await bob.says("new")
    await ann.catches_up()
    assert ann.texts == [*texts[110:], "new"]
    await ann.reads_earlier()
    assert ann.texts == [*texts[60:], "new"]


async def test_a_window_with_three_hundred_keeps_them(ann: Person, chat: Chat):
    texts = [str(number) for number in range(300)]
    await ann.polls()
    await said(chat, texts)
    await ann.catches_up()
    assert ann.texts == texts


async def test_who_reads_earlier_messages_keeps_a_thousand_more(room: Room, chat: Chat):
    await said(chat, map(str, range(60)))
    reader = await room.enter()
    await reader.reads_earlier()
    await said(chat, map(str, range(60, 1010)))
    await reader.catches_up()
    assert len(reader.texts) == 1010
    await said(chat, ["one more"])
    await reader.catches_up()
    assert reader.texts == [*map(str, range(811, 1010)), "one more"]


async def test_a_window_that_slept_for_thousands_stays_small(ann: Person, chat: Chat):
    await ann.polls()
    await said(chat, map(str, range(1000)))
    await ann.catches_up()
    assert ann.texts == [str(number) for number in range(1000 - len(ann.texts), 1000)]
    assert 200 <= len(ann.texts) <= 300


async def test_the_trimmed_window_lets_go_of_other_lines_too(ann: Person, bob: Person, chat: Chat):
    await ann.polls()
    await bob.says("hi")
    for number in range(5):
        await bob.renames(f"Bob{number}")
    await said(chat, map(str, range(310)))
    await ann.catches_up()
    assert not [line for line in ann.lines if line.kind == "rename"]
