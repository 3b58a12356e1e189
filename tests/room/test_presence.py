"""Presence: how many are here, who they are, and that telling so costs no answer of its own."""

from __future__ import annotations

import pytest

from chat.app import Chat
from tests.kit.chats import Clock
from tests.kit.moderators import Moderator
from tests.kit.page import Page
from tests.kit.people import Person, Room

pytestmark = pytest.mark.parametrize("door", ["asgi", "connection"])


def count(person: Person) -> str:
    return person.page.one("#here input")["value"]


async def names(person: Person) -> list[str]:
    """Who is here, as the list says."""
    page = Page((await person.browser.gets(f"{person.path}people")).text)
    return [item.one(".nickname").text for item in page.all(".people li")]


async def refreshed(clock: Clock, *people: Person) -> None:
    """Some seconds pass, in which everybody polls."""
    clock.passes(4)
    for person in people:
        await person.polls("&wait=0")


async def test_a_window_counts_itself_and_hears_of_others_with_an_answer_it_gets_anyway(
    room: Room, ann: Person, clock: Clock
):
    assert count(ann) == "1"
    await ann.polls()
    bob = await room.enter()
    assert count(bob) == "2"
    await bob.polls()
    held = await ann.waits()
    await room.enter()
    assert not held.done(), "nobody is woken for a count"
    await bob.says("hi")
    await held
    assert count(ann) == "2"
    await refreshed(clock, ann, bob)
    assert count(ann) == count(bob) == "2"


async def test_whoever_left_is_gone_after_45_seconds(ann: Person, bob: Person, clock: Clock):
    await ann.polls()
    await bob.polls()
    for _ in range(11):
        await refreshed(clock, ann)
    assert count(ann) == "2"
    await refreshed(clock, ann)
    assert count(ann) == "1"
    await refreshed(clock, bob, ann)
    assert count(ann) == "2"


async def test_a_held_window_is_here(chat: Chat, ann: Person, bob: Person, clock: Clock):
    await bob.polls()
    held = await bob.waits()
    clock.passes(60)
    await ann.polls()
    assert count(ann) == "2"
    held.cancel()


async def test_a_duplicated_tab_counts_once_and_a_reader_of_the_text_not_at_all(room: Room, ann: Person, clock: Clock):
    await ann.polls()
    await ann.says("hi")
    again = Person(ann.browser)
    again.shows(await ann.browser.goes_to(ann.url))
    await again.polls()
    await room.browser().gets("/r/lobby.txt")
    await room.browser().gets("/r/lobby.atom")
    await room.browser().gets("/r/lobby/")
    await refreshed(clock, ann, again)
    assert count(ann) == count(again) == "1"


async def test_a_window_without_script_is_here_while_its_log_runs(room: Room, ann: Person, clock: Clock):
    await ann.polls()
    plain = await room.enter_without_script()
    async with plain.log() as log:
        await log.reads('role="log"')
        clock.passes(60)
        await ann.polls("&wait=0")
        assert count(ann) == "2"
    for _ in range(12):
        await refreshed(clock, ann)
    assert count(ann) == "1"


async def test_the_list_names_who_spoke_and_counts_who_reads_and_agrees_with_the_header(
    room: Room, ann: Person, bob: Person, clock: Clock
):
    await room.enter()
    cat = await room.enter()
    for person in (ann, bob, cat):
        await person.polls()
    await ann.says("hi")
    await bob.renames("Bob")
    await cat.sees("hi")
    await refreshed(clock, ann, bob, cat)
    assert await names(cat) == ["Anonymous", "Bob"]
    sheet = await cat.browser.gets(f"{cat.path}people", **{"HX-Request": "true"})
    cat.page.put(cat.page.one("#sheet"), sheet.text)
    assert "And 1 who only reads." in cat.page.one("#sheet dialog").text
    assert count(cat) == "3"
    other = await room.enter(room.browser())
    assert count(other) == "4"


async def test_people_of_other_rooms_are_not_here(chat: Chat, ann: Person):
    other = await Room(chat, "other").enter()
    await other.polls()
    await other.says("hi")
    await ann.polls()
    assert count(ann) == "1"
    assert await names(ann) == []


async def test_the_list_of_rooms_tells_how_many_are_there(ann: Person, bob: Person):
    await ann.polls()
    await bob.polls()
    await ann.says("hi")
    page = Page((await ann.browser.gets("/rooms")).text)
    assert page.one(".list .here").text == "2 here"


async def test_who_is_banned_is_not_here_for_long(room: Room, bob: Person, clock: Clock):
    mia = await Moderator.enter(room)
    await bob.says("buy")
    await bob.polls()
    await mia.sees("buy")
    await mia.bans("buy")
    for _ in range(12):
        await refreshed(clock, mia)
    assert count(mia) == "1"


async def test_who_is_gone_is_forgotten(chat: Chat, ann: Person, clock: Clock):
    await ann.polls()
    assert chat.services.presence.seats == 1
    clock.passes(60)
    await chat.services.presence.forget()
    assert chat.services.presence.seats == 0
    assert not chat.services.presence.rooms
