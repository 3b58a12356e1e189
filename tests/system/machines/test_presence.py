"""Presence among processes that share a database."""

from __future__ import annotations

from chat.app import Chat
from chat.storage.tables import Presence
from tests.kit.page import Page
from tests.kit.people import Person, Room


async def tell_each_other(chats: list[Chat]) -> None:
    for _ in range(2):
        for chat in chats:
            await chat.services.presence.exchange()


def count(person: Person) -> str:
    return person.page.one("#here input")["value"]


async def test_all_processes_count_together_and_nobody_twice(chats: list[Chat], ann: Person, bob: Person):
    await ann.polls()
    await bob.polls()
    await bob.says("hi")
    wanderer = await Room(chats[2]).enter()
    await wanderer.polls()
    wanderer.browser.move_to(chats[0])
    await wanderer.polls("&wait=0")
    await tell_each_other(chats)
    for person in (ann, bob, wanderer):
        await person.polls("&wait=0")
    assert count(ann) == count(bob) == count(wanderer) == "3"
    page = Page((await ann.browser.gets(f"{ann.path}people")).text)
    assert [item.one(".tag").text for item in page.all(".people li")] == [bob.tag]
    rooms = Page((await Room(chats[2]).browser().gets("/rooms")).text)
    assert rooms.one(".list .here").text == "3 here"


async def test_the_people_of_a_dead_process_are_gone(chats: list[Chat], ann: Person, bob: Person):
    await ann.polls()
    await bob.polls()
    await tell_each_other(chats)
    await ann.polls("&wait=0")
    assert count(ann) == "2"
    await Presence.raw("UPDATE presence SET at = at - INTERVAL '31 seconds'").run()
    await chats[0].services.presence.exchange()
    await ann.polls("&wait=0")
    assert count(ann) == "1"
    await Presence.raw("UPDATE presence SET at = at - INTERVAL '61 seconds'").run()
    chats[0].services.presence.rooms.clear()
    await chats[0].services.presence.exchange()
    assert not await Presence.count()
