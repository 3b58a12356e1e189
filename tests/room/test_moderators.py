"""Moderators: signing in by a link, what their acts do, and that every act is logged."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from chat.app import Chat
from chat.domain.acts import VERBS
from chat.storage import acts
from chat.storage import moderators as stored
from chat.storage.errors import DatabaseError
from chat.storage.tables import Act
from tests.kit.chats import Clock
from tests.kit.moderators import BAN, Moderator, link, signs_in
from tests.kit.page import Page
from tests.kit.people import Browser, NoScriptPerson, Person, Room


@pytest.fixture
async def mia(room: Room) -> Moderator:
    return await Moderator.enter(room)


async def logged() -> list[dict[str, Any]]:
    return list(reversed(await acts.newest(1000)))


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.gets("/moderation/bans")).status_code == 200


# --- signing in ---


async def test_looking_at_a_link_does_not_use_it_up_and_the_button_does_once(room: Room):
    address, browser = await link(room, "mia"), room.browser()
    for _ in range(3):
        assert (await browser.http.head(address)).status_code == 200
        page = Page((await browser.gets(address)).text)
        assert page.one("form button").text == "Sign in"
    assert not await is_signed_in(browser)
    several = [room.browser() for _ in range(5)]
    await asyncio.gather(*(signs_in(browser, address) for browser in several))
    assert sum([await is_signed_in(browser) for browser in several]) == 1
    assert "has been used" in Page((await browser.gets(address)).text).alerts()[0]


async def test_expired_and_forged_links_say_so(room: Room, clock: Clock):
    address, browser = await link(room, "mia"), room.browser()
    clock.passes(24 * 3600 + 1)
    assert "too old" in Page((await browser.gets(address)).text).alerts()[0]
    answer = await signs_in(browser, address)
    assert (answer.status_code, await is_signed_in(browser)) == (403, False)
    for forged in ("x", "x" * 5000, f"{address.rsplit('/', 1)[1]}x"):
        answer = await signs_in(browser, f"/moderation/link/{forged}")
        assert answer.status_code == 403
        assert "no such link" in Page(answer.text).alerts()[0]


async def test_a_session_ends_after_thirty_days_by_signing_out_and_with_the_office(room: Room, clock: Clock):
    mia, noa, eve = [await Moderator.enter(room, name) for name in ("mia", "noa", "eve")]
    kept = mia.browser.http.cookies["moderator"]
    await mia.posts("/moderation/sign-out")
    assert not await is_signed_in(mia.browser)
    mia.browser.http.cookies.set("moderator", kept, domain="chat.test", path="/")
    assert not await is_signed_in(mia.browser), "signed out is signed out, also for who kept the cookie"
    await stored.remove(room.chat.services.database, "noa")
    assert not await is_signed_in(noa.browser)
    assert await is_signed_in(eve.browser)
    clock.passes(30 * 24 * 3600 + 1)
    assert not await is_signed_in(eve.browser)


async def test_every_sign_in_has_a_session_of_its_own(room: Room, mia: Moderator):
    first = mia.browser.http.cookies["moderator"]
    await signs_in(mia.browser, await link(room, "mia"))
    assert mia.browser.http.cookies["moderator"] != first
    other = room.browser()
    other.http.cookies.set("moderator", first, domain="chat.test", path="/")
    assert not await is_signed_in(other)


async def test_the_cookie_is_not_for_scripts_nor_for_other_sites(room: Room):
    answer = await signs_in(room.browser(), await link(room, "mia"))
    session = next(cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("moderator="))
    assert {"httponly", "samesite=lax", "path=/"} <= {part.strip().lower() for part in session.split(";")}


async def test_no_other_site_may_frame_moderation(mia: Moderator, ann: Person):
    for window, pages in ((mia, ("bans", "rooms", "moderators", "log")), (ann, ("",))):
        for page in pages:
            answer = await window.browser.gets(f"/moderation/{page}")
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_who_is_not_signed_in_is_told_how(ann: Person):
    answer = await ann.browser.gets("/moderation/")
    assert answer.status_code == 403
    assert "gives you a link" in answer.text


# --- acts ---


async def test_mia_removes_a_message_and_nobody_takes_it_for_the_author_s_doing(ann: Person, mia: Moderator):
    await ann.says("hi")
    await mia.sees("hi")
    assert (await mia.acts_on("hi", "removals")).status_code == 200
    await ann.catches_up()
    assert ann.page.one(".erased").text == "This message was removed"
    assert (await mia.acts("removals", room="lobby", seq=1)).status_code == 404


async def test_a_moderator_takes_back_anybody_s_by_the_message_s_own_address(ann: Person, bob: Person, mia: Moderator):
    await ann.says("hi")
    assert (await bob.posts("messages/1/removal")).status_code == 404
    assert (await mia.posts("messages/1/removal")).status_code == 303
    assert [act["verb"] for act in await logged()][-1] == "remove"


async def test_mia_removes_all_that_a_person_said_in_the_last_hour(
    ann: Person, bob: Person, mia: Moderator, clock: Clock
):
    await ann.says("old")
    await bob.says("bob's")
    for number in range(3):
        await ann.says(f"new {number}")
    await Act.raw("UPDATE event SET at = {} WHERE seq > 1", clock.utc()).run()
    await mia.sees("new 2")
    await mia.acts_on("new 2", "removals", hours=1)
    fresh = Person(ann.browser)
    await fresh.enters("/r/lobby/")
    assert [line.text for line in fresh.page.messages] == ["old", "bob's"] + ["This message was removed"] * 3
    await mia.acts_on("old", "removals", hours=0)
    await fresh.catches_up()
    assert [line.text for line in fresh.page.messages].count("This message was removed") == 4


async def test_mia_changes_the_room_and_speaks_as_the_site(ann: Person, mia: Moderator):
    await ann.says("hi")
    await mia.acts("rooms/lobby", topic="tea")
    await mia.acts("rooms/lobby", locked="1")
    await mia.acts("notices", room="lobby", text="be kind")
    await ann.catches_up()
    assert ann.page.one("#topic").text == "tea"
    assert "be kind" in [line.text for line in ann.lines]
    assert "locked" in await ann.is_refused("hello?")
    await mia.says("I may")
    await mia.acts("rooms/lobby", locked="0")
    await ann.says("hello")
    await mia.acts("rooms/lobby", slow="3600")
    assert "slow mode" in await ann.is_refused("again")
    await mia.says("again")
    await mia.says("and again")
    assert (await mia.acts("rooms/lobby", slow="3601")).status_code == 422
    assert (await mia.acts("rooms/lobby", topic="x" * 121)).status_code == 422
    assert (await mia.acts("notices", room="lobby", text="")).status_code == 422
    assert (await mia.acts("rooms/no room", topic="x")).status_code == 404


async def test_two_moderators_remove_the_same_message_at_once(room: Room, ann: Person, mia: Moderator):
    noa = await Moderator.enter(room, "noa")
    await ann.says("hi")
    await mia.sees("hi")
    await noa.sees("hi")
    answers = await asyncio.gather(mia.acts_on("hi", "removals"), noa.acts_on("hi", "removals"))
    assert sorted(answer.status_code for answer in answers) == [200, 404]
    assert [act["verb"] for act in await logged()].count("remove") == 1


async def test_acts_have_no_way_in_for_who_is_no_moderator(ann: Person, bob: Person):
    await bob.says("hi")
    for what, fields in (
        ("removals", {"room": "lobby", "seq": "1"}),
        ("bans", {"room": "lobby", "seq": "1", **BAN}),
        ("rooms/lobby", {"locked": "1"}),
        ("notices", {"room": "lobby", "text": "x"}),
    ):
        for headers in ({}, {"HX-Request": "true"}):
            assert (await ann.posts(f"/moderation/{what}", fields, headers=headers)).status_code == 403
    await bob.says("still free")
    sheet = await ann.browser.gets(f"{ann.path}messages/1")
    assert "Said from" not in sheet.text
    assert "/moderation/" not in sheet.text


async def test_without_script_mia_acts_on_pages(room: Room, ann: Person):
    mia = NoScriptPerson((await Moderator.enter(room)).browser)
    await ann.says("hi")
    await mia.enters(room.address)
    room_page = mia.path
    await mia.enters(f"{room_page}{mia.page.one('.door')['href']}")
    removal = next(form for form in mia.page.all("form") if form["action"] == "/moderation/removals")
    answer = await mia.sends(removal)
    assert (answer.status_code, answer.headers["location"]) == (303, room_page)
    await mia.enters(f"{room_page}room")
    assert mia.page.one(".done").text == "The message is removed."
    mia.page.one("#topic-text").attributes["value"] = "tea"
    answer = await mia.sends(next(form for form in mia.page.all("form") if form.has("#topic-text")))
    assert answer.status_code == 303
    await mia.reloads()
    assert mia.page.one("#topic-text")["value"] == "tea"
    assert mia.page.one(".done").text == "The room is changed."
    await mia.reloads()
    assert not mia.page.has(".done"), "it is told once"


# --- the log of acts ---


async def test_every_act_is_logged(room: Room, ann: Person, mia: Moderator):
    await ann.says("one")
    await ann.says("two")
    await mia.sees("two")
    await mia.acts_on("one", "removals")
    await mia.mutes("two", reason="why not")
    await mia.bans("two")
    await mia.lifts(1)
    await mia.acts("bans/2/extended", minutes="60")
    await mia.acts_on("two", "removals", hours=0)
    for field, values in (("topic", ["tea"]), ("locked", ["1", "0"]), ("slow", ["5"])):
        for value in values:
            await mia.acts("rooms/lobby", **{field: value})
    await mia.acts("notices", room="lobby", text="be kind")
    troll = await room.enter()
    await troll.says("three")
    bob = await room.enter()
    await bob.posts(f"messages/{bob.page.messages[-1].seq}/report", {"reason": "spam"})
    await mia.acts("reports/1/done")
    await mia.acts("words", words="casino", action="hold")
    for waiting, verb in ((1, "approved"), (2, "refused")):
        await bob.says(f"casino {waiting}")
        await mia.acts(f"held/{waiting}/{verb}")
    await mia.acts("words", remove="casino")
    await mia.acts("rooms/lobby", clear="1")
    await mia.posts("/moderation/sign-out")
    found = await logged()
    verbs = [act["verb"] for act in found]
    assert set(verbs) == set(VERBS)
    assert all(act["moderator"] == "mia" for act in found)
    mute = found[verbs.index("mute")]
    assert (mute["room"], mute["whom"], mute["reason"]) == ("lobby", f"#{ann.tag}", "why not")
    await signs_in(mia.browser, await link(room, "mia"))
    assert "why not" in (await mia.reads("log")).text


async def test_nothing_can_be_taken_out_of_the_log_or_changed(mia: Moderator):
    for statement in ("UPDATE act SET moderator = 'noa'", "DELETE FROM act"):
        with pytest.raises(DatabaseError):
            await Act.raw(statement).run()
    assert [act["moderator"] for act in await logged()] == ["mia"]


async def test_what_a_moderator_types_is_text(ann: Person, mia: Moderator):
    evil = '"><script>alert(1)</script>{{ 7 * 7 }}'
    await ann.says("hi")
    await mia.sees("hi")
    await mia.mutes("hi", reason=evil)
    await mia.acts("rooms/lobby", topic=evil)
    await mia.acts("notices", room="lobby", text=evil)
    for page in ("bans", "log", "rooms", "rooms/lobby"):
        answer = await mia.browser.gets(f"/moderation/{page}")
        assert "<script>alert" not in answer.text
        assert "49" not in Page(answer.text).one("main").text or "{{ 7 * 7 }}" in answer.text
    assert evil in await ann.is_refused("what?")


async def test_the_address_is_shown_to_moderators_and_kept_no_longer_than_wanted(
    chat: Chat, ann: Person, mia: Moderator
):
    await ann.says("hi")
    await mia.sees("hi")
    assert f"Said from {ann.browser.address}." in (await mia.opens("hi")).text
