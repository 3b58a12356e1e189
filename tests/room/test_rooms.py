"""Rooms: the list, the way into one, what a room is about, locked and slow rooms."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from chat.actions import rooms
from chat.app import Chat
from chat.domain.refusals import Refused
from chat.storage import rooms as stored
from chat.storage.tables import Event
from chat.storage.tables import Room as RoomRow
from tests.kit.acts import says, whole_log
from tests.kit.page import Page
from tests.kit.people import Person, Room

MOD = "moderator"


async def listed(person: Person, query: str = "") -> list[str]:
    """The names in the list, as somebody reads them."""
    page = Page((await person.browser.gets(f"/rooms{query}")).text)
    return [link.text for link in page.all(".list a")]


async def makes_rooms(count: int) -> None:
    """Rooms where somebody spoke, each a minute later than the one before."""
    await RoomRow.insert(*(RoomRow(name=f"room{number}", last_minute=number + 1) for number in range(count)))


async def test_a_topic_comes_to_open_windows_and_stays_on_later_pages(chat: Chat, room: Room, ann: Person):
    await ann.polls()
    await rooms.set_topic(chat.services.actions, "lobby", MOD, " Tea\n& <cake> ")
    await ann.catches_up()
    assert ann.page.one("#topic").text == "Tea & <cake>"
    assert "Tea & <cake>" in ann.lines[-1].text
    bob = await room.enter()
    assert bob.page.one("#topic").text == "Tea & <cake>"
    await rooms.set_topic(chat.services.actions, "lobby", MOD, "")
    await ann.catches_up()
    assert ann.page.one("#topic").text == ""
    with pytest.raises(Refused):
        await rooms.set_topic(chat.services.actions, "lobby", MOD, "x" * 121)


async def test_in_a_locked_room_nobody_writes_and_the_text_stays(chat: Chat, room: Room, ann: Person):
    plain = await room.enter_without_script(language="zh")
    await ann.says("before")
    await rooms.set_lock(chat.services.actions, "lobby", MOD, True)
    assert "locked" in await ann.is_refused("too late")
    assert "锁" in await plain.is_refused("太晚")
    await ann.catches_up()
    assert "locked" in ann.page.one("#locked").text
    assert "锁" in plain.page.one("#locked").text
    await rooms.set_lock(chat.services.actions, "lobby", MOD, False)
    await ann.says("too late")
    await ann.catches_up()
    assert ann.page.one("#locked").text == ""
    assert ann.texts == ["before", "too late"]


async def test_a_lock_is_exact_among_what_is_written_at_once(chat: Chat):
    acts = [says(chat, "lobby", str(number)) for number in range(20)]
    lock = rooms.set_lock(chat.services.actions, "lobby", MOD, True)
    await asyncio.gather(*acts[:10], lock, *acts[10:], return_exceptions=True)
    log = await whole_log("lobby")
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert log[-1].kind == "lock"
    assert await stored.state("lobby") == (await stored.entered("lobby", "nobody")).state
    with pytest.raises(Refused, match=r"room\.locked"):
        await says(chat, "lobby", "late")
    assert len(await whole_log("lobby")) == len(log)


async def test_slow_mode_tells_the_seconds_and_counts_what_was_said_before_it(chat: Chat, ann: Person, bob: Person):
    await ann.says("one")
    await rooms.set_slow(chat.services.actions, "lobby", MOD, 3600)
    await bob.says("mine")
    refusal = await ann.is_refused("two")
    assert 3590 <= int(re.findall("[0-9]+", refusal)[0]) <= 3600
    assert "3600" in (await bob.polls()).text
    past = (await whole_log("lobby"))[0].at - timedelta(hours=1)
    await Event.update({Event.at: past}).where(Event.text == "one")
    await ann.says("two")
    await ann.is_refused("three")
    await rooms.set_slow(chat.services.actions, "lobby", MOD, 0)
    await ann.says("three")
    for wrong in (-1, 3601):
        with pytest.raises(Refused):
            await rooms.set_slow(chat.services.actions, "lobby", MOD, wrong)


async def test_of_what_one_person_says_at_once_a_slow_room_takes_one(chat: Chat, ann: Person):
    await rooms.set_slow(chat.services.actions, "lobby", MOD, 60)
    acts = [says(chat, "lobby", str(number), seat=ann.seat) for number in range(10)]
    results = await asyncio.gather(*acts, return_exceptions=True)
    assert sum(isinstance(result, Refused) for result in results) == 9
    assert [event.seq for event in await whole_log("lobby")] == [1, 2]
    await says(chat, "lobby", "somebody else")


async def test_the_list_has_the_rooms_where_somebody_spoke_newest_first(chat: Chat, ann: Person):
    await makes_rooms(3)
    await says(chat, "_secret", "hush")
    await rooms.set_topic(chat.services.actions, "empty", MOD, "nobody spoke here")
    await ann.says("hi")
    assert await listed(ann) == ["lobby", "room2", "room1", "room0"]


async def test_the_list_goes_on_by_links_without_holes(chat: Chat, ann: Person):
    await makes_rooms(120)
    names, url = [], "/rooms"
    while url:
        page = Page((await ann.browser.gets(url)).text)
        names += [link.text for link in page.all(".list a")]
        url = next((link["href"] for link in page.all('a[rel="next"]')), "")
    assert names == [f"room{number}" for number in reversed(range(120))]


async def test_a_search_finds_parts_of_names(chat: Chat, ann: Person):
    await makes_rooms(12)
    await says(chat, "a_b", "hi")
    await says(chat, "茶馆", "hi")
    assert await listed(ann, "?q=OM1") == ["room11", "room10", "room1"]
    assert await listed(ann, "?q=_") == ["a_b"]
    assert await listed(ann, "?q=%E8%8C%B6") == ["茶馆"]
    assert await listed(ann, "?q=nowhere") == []


async def test_going_to_a_room_by_name_and_to_a_private_one(chat: Chat, ann: Person):
    answer = await ann.posts("/rooms", {"room": " Tea-Room "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/r/tea-room/")
    found = {(await ann.posts("/rooms", {"private": "1"})).headers["location"] for _ in range(3)}
    assert len(found) == 3
    assert all(re.fullmatch("/r/_[a-z0-9]{20}/", path) for path in found)


async def test_the_room_s_name_leads_to_its_own_address(chat: Chat, room: Room, ann: Person):
    await rooms.set_topic(chat.services.actions, "lobby", MOD, "tea")
    link = ann.page.one("h1 a")
    sheet = Page((await ann.browser.gets(f"{ann.path}{link['hx-get']}", **{"HX-Request": "true"})).text)
    page = Page((await ann.browser.gets(f"{ann.path}{link['href']}")).text)
    for shown in (sheet, page):
        assert shown.one("#address")["value"] == "http://chat.test/r/lobby/"
        assert ann.seat not in str(shown.one("#address").attributes)
        assert shown.all("svg.qr path")
    assert sheet.all("dialog.sheet p")[0].text == "tea"
    assert (await room.browser().gets(f"{ann.path}room")).status_code == 403
