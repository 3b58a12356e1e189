"""Bans: who may not write, or not enter; that they hold, and whom they do not hit."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chat.app import Chat
from tests.kit.chats import Clock
from tests.kit.moderators import Moderator
from tests.kit.page import Page
from tests.kit.people import NoScriptPerson, Person, Room


@pytest.fixture
async def mia(room: Room) -> Moderator:
    return await Moderator.enter(room)


@pytest.fixture
async def troll(room: Room) -> Person:
    return await room.enter()


async def test_mia_bans_troll_for_an_hour_and_ann_never_notices(
    room: Room, ann: Person, troll: Person, mia: Moderator, clock: Clock
):
    await troll.says("buy this")
    await ann.sees("buy this")
    await mia.sees("buy this")
    await troll.sees("buy this")
    held, quiet = await troll.waits(), await ann.waits()
    answer = await mia.bans("buy this", reason="Advertising <b>")
    assert answer.status_code == 200
    assert "may not enter" in answer.text
    assert (await held).headers["hx-refresh"] == "true"
    page = troll.page
    assert "Advertising <b>" in page.one("blockquote").text
    assert "The ban ends on" in page.one('[role="alert"]').text
    again = await troll.browser.goes_to(room.address)
    assert again.status_code == 403
    assert not quiet.done()
    await ann.says("hello")
    await quiet
    await ann.sees("buy this", "hello")
    clock.passes(3601)
    assert (await troll.browser.goes_to(room.address)).status_code == 200


async def test_who_is_muted_reads_and_is_told_why_and_how_long(ann: Person, troll: Person, mia: Moderator):
    await troll.says("buy")
    await mia.sees("buy")
    await mia.mutes("buy", reason="Later", minutes="10")
    line = await troll.is_refused("buy more")
    assert "10 minutes" in line
    assert "Later" in line
    assert "10 minutes" in await troll.is_refused_nickname("other")
    await ann.says("hello")
    await troll.sees("buy", "hello")


async def test_a_new_window_and_a_cleared_cookie_gain_nothing_against_a_ban_by_address(room: Room, mia: Moderator):
    browser = room.browser(address="203.0.113.7")
    troll = await room.enter(browser)
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy", person="", browser="", address="1")
    fresh = room.browser(address="203.0.113.7")
    assert (await fresh.goes_to(room.address)).status_code == 403
    assert (await room.browser(address="203.0.113.8").goes_to(room.address)).status_code == 200
    assert (await room.browser(address="203.0.113.7").goes_to("/r/other/")).status_code == 200


async def test_a_new_address_gains_nothing_against_a_ban_by_browser(room: Room, troll: Person, mia: Moderator):
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy", person="", everywhere="1")
    elsewhere = room.browser(address="203.0.113.99")
    elsewhere.http.cookies = troll.browser.http.cookies
    assert (await elsewhere.goes_to(room.address)).status_code == 403
    assert (await elsewhere.goes_to("/r/other/")).status_code == 403


async def test_an_address_of_ipv6_is_its_whole_network(room: Room, mia: Moderator):
    troll = await room.enter(room.browser(address="2001:db8:1:2::1"))
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy", person="", browser="", address="1")
    assert (await room.browser(address="2001:db8:1:2:3::9").goes_to(room.address)).status_code == 403
    assert (await room.browser(address="2001:db8:1:3::1").goes_to(room.address)).status_code == 200


async def test_a_ban_that_would_hit_many_asks_again(room: Room, mia: Moderator):
    troll = await room.enter(room.browser(address="127.0.0.1"))
    await troll.says("buy")
    await mia.sees("buy")
    answer = await mia.bans("buy", address="1")
    assert answer.status_code == 422
    assert "may stand for many people" in answer.text
    assert 'name="sure" value="1"' in answer.text
    assert (await room.browser(address="127.0.0.1").goes_to(room.address)).status_code == 200
    answer = await mia.bans("buy", address="1", sure="1")
    assert answer.status_code == 200
    assert (await room.browser(address="127.0.0.1").goes_to(room.address)).status_code == 403


async def test_a_lifted_ban_is_over_and_can_be_lifted_once(room: Room, troll: Person, mia: Moderator):
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy")
    lifted = await asyncio.gather(mia.lifts(1), mia.lifts(1))
    assert sorted(answer.status_code for answer in lifted) == [200, 404]
    assert (await troll.browser.goes_to(room.address)).status_code == 200
    assert "lifted" in (await mia.reads("bans")).text


async def test_a_ban_is_extended_from_now_on(room: Room, troll: Person, mia: Moderator, clock: Clock):
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy", minutes="10")
    await mia.acts("bans/1/extended", minutes="60")
    clock.passes(timedelta(minutes=50).total_seconds())
    assert (await troll.browser.goes_to(room.address)).status_code == 403
    clock.passes(timedelta(minutes=11).total_seconds())
    assert (await troll.browser.goes_to(room.address)).status_code == 200
    assert (await mia.acts("bans/1/extended", minutes="60")).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"mode": "kill"}, "Choose whether"),
        ({"minutes": "-1"}, "Choose how long"),
        ({"minutes": "1e9"}, "Choose how long"),
        ({"minutes": str(2**53)}, "Choose how long"),
        ({"person": "", "browser": ""}, "Tick whom"),
        ({"address": "1", "minutes": "0"}, "30 days at most"),
        ({"address": "1", "minutes": "43201"}, "30 days at most"),
        ({"reason": "x" * 201}, "201 characters"),
    ],
)
async def test_a_ban_that_is_filled_in_wrong_is_refused(room: Room, mia: Moderator, wrong: dict[str, str], line: str):
    troll = await room.enter(room.browser(address="203.0.113.7"))
    await troll.says("buy")
    await mia.sees("buy")
    answer = await mia.bans("buy", **wrong)
    assert answer.status_code == 422
    assert line in answer.text
    await troll.says("still here")


async def test_moderators_cannot_be_banned_nor_lock_themselves_out(room: Room, mia: Moderator):
    noa = await Moderator.enter(room, "noa")
    await noa.says("hi")
    await mia.sees("hi")
    assert "Moderators cannot be banned" in (await mia.bans("hi")).text
    troll = await room.enter(room.browser(address=mia.browser.address))
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy", address="1", sure="1", everywhere="1")
    assert (await room.browser(address=mia.browser.address).goes_to(room.address)).status_code == 403
    await mia.says("I am still here")
    await mia.sees("I am still here")


async def test_the_banned_without_script_are_told_and_their_log_ends(room: Room, mia: Moderator):
    troll = await room.enter_without_script()
    await troll.says("buy")
    await mia.sees("buy")
    async with troll.log() as log:
        await log.reads("buy")
        await mia.bans("buy")
        await log.reads('http-equiv="refresh"')
    assert (await troll.browser.gets(f"{troll.path}live")).status_code == 403
    assert (await troll.tries("more")).status_code == 403
    await troll.reloads()
    assert "You may not enter" in troll.page.one("h1").text


async def test_who_is_muted_without_script_keeps_the_text(room: Room, mia: Moderator):
    troll = await room.enter_without_script()
    await troll.says("buy")
    await mia.sees("buy")
    await mia.mutes("buy", minutes="0")
    line = await troll.is_refused("buy more", 403)
    assert line.startswith("Not sent: a moderator has taken your right to write here.")


async def test_a_ban_outlives_the_server(chat: Chat, room: Room, troll: Person, mia: Moderator):
    await troll.says("buy")
    await mia.sees("buy")
    await mia.bans("buy")
    other = Chat(chat.settings, b"key", clock=chat.services.jobs.clock)
    assert not other.services.bans.active
    async with other.running():
        assert other.services.bans.active


async def test_without_script_mia_bans_on_a_page_and_is_told_what_she_did(room: Room, troll: Person):
    mia = NoScriptPerson((await Moderator.enter(room)).browser)
    await mia.enters(room.address)
    await troll.says("buy")
    await mia.reloads()
    sheet = mia.page.one(".door")["href"]
    await mia.enters(f"{mia.path}{sheet}")
    form = next(form for form in mia.page.all("form") if form["action"] == "/moderation/bans")
    answer = await mia.sends(form)
    assert answer.status_code == 303
    page = Page((await mia.browser.goes_to(answer.headers["location"])).text)
    assert "may not write any more" in page.one(".done").text
    await troll.is_refused("more")


async def test_who_is_muted_reads_in_what_is_stored_that_it_is_kept(troll: Person, mia: Moderator):
    await troll.says("buy")
    await mia.sees("buy")
    await mia.mutes("buy")
    page = Page((await troll.browser.gets(f"{troll.path}mine")).text)
    assert "A moderator has muted you until" in page.one("main").text
