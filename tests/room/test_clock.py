"""Everybody reads their own hour."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chat.app import Chat
from chat.sizes import Sizes
from tests.kit.history import said
from tests.kit.page import Page
from tests.kit.people import Person, Room

SAID = datetime(2026, 11, 26, 22, 49, tzinfo=UTC)


def shown(person: Person) -> tuple[str, str]:
    """The hour of the newest message, as it is read and as machines read it."""
    newest = person.page.messages[-1]
    return newest.time, newest.moment


async def lives(room: Room, accepted: str) -> Person:
    """Somebody whose browser asks for this language."""
    browser = room.browser()
    browser.http.headers["Accept-Language"] = accepted
    return await room.enter(browser)


async def test_the_same_message_at_each_readers_own_hour(room: Room, chat: Chat):
    await said(chat, ["hello, world"], at=SAID)
    ann, kenji, mia = [await lives(room, accepted) for accepted in ("de-DE,en", "ja,en", "ne-NP,en")]
    assert shown(ann) == ("23:49", "2026-11-26T23:49+01:00")
    assert shown(kenji) == ("7:49\u202fAM", "2026-11-27T07:49+09:00")
    assert shown(mia) == ("4:34\u202fAM", "2026-11-27T04:34+05:45")
    assert [person.page.one("#clock").text for person in (ann, kenji, mia)] == [
        "Times of Berlin",
        "Times of Tokyo",
        "Times of Kathmandu",
    ]


async def test_whoever_moves_reads_the_hour_of_the_new_place_and_may_go_back(room: Room, chat: Chat):
    await said(chat, ["hi"], at=SAID)
    ann = await lives(room, "de-DE,en")
    page = Page((await ann.browser.gets("/clock", Referer=ann.url)).text)
    assert "Berlin" in page.all("main p")[0].text
    assert "America/New_York" in [option["value"] for option in page.all("option")]
    answer = await ann.posts("/clock", {"zone": "America/New_York", "back": ann.path})
    assert (answer.status_code, answer.headers["location"]) == (303, ann.path)
    await ann.reloads()
    assert shown(ann) == ("17:49", "2026-11-26T17:49-05:00")
    assert ann.page.one("#clock").text == "Times of New York"
    await ann.posts("/clock", {"zone": "auto", "back": ann.path})
    await ann.reloads()
    assert shown(ann) == ("23:49", "2026-11-26T23:49+01:00")


async def test_with_htmx_the_places_come_as_a_sheet_and_a_choice_draws_the_page_anew(ann: Person):
    answer = await ann.browser.gets("/clock", **{"HX-Request": "true", "Referer": ann.url})
    assert (answer.headers["hx-retarget"], answer.headers["hx-reswap"]) == ("#sheet", "innerHTML")
    assert Page(answer.text).one("dialog.sheet")["open"] == ""
    answer = await ann.posts("/clock", {"zone": "Asia/Tokyo"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (200, "true")


@pytest.mark.parametrize("zone", ["Asia/Calcutta", "Nowhere/City", "", "x" * 5000, "../../etc/passwd", "\0"])
async def test_what_is_no_place_is_refused_and_a_cookie_of_it_passed_over(ann: Person, zone: str):
    answer = await ann.posts("/clock", {"zone": zone})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers
    cookie = re.sub(r"[^ -~]|;", "", zone)
    answer = await ann.browser.gets("/r/lobby/", Cookie=f"zone={cookie}")
    assert answer.status_code == 303


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/r/a/", "/r/lobby/", "", "/r/a/b/../../x"])
async def test_a_choice_leads_nowhere_but_to_a_page_of_ours(ann: Person, back: str):
    answer = await ann.posts("/clock", {"zone": "Asia/Tokyo", "back": back})
    assert (answer.status_code, answer.headers["location"]) == (303, ann.path)


@pytest.mark.settings(timezone=ZoneInfo("Asia/Tokyo"))
async def test_the_sites_hour_is_that_of_all_who_have_chosen_none(room: Room, chat: Chat):
    await said(chat, ["hi"], at=SAID)
    ann, mia = [await lives(room, accepted) for accepted in ("de-DE,en", "zh-CN,zh")]
    assert shown(ann)[1] == shown(mia)[1] == "2026-11-27T07:49+09:00"


async def test_a_day_line_stands_at_each_readers_own_midnight(room: Room, chat: Chat):
    await said(chat, ["one"], at=datetime(2026, 11, 26, 22, 59, tzinfo=UTC))
    await said(chat, ["two"], at=datetime(2026, 11, 26, 23, 1, tzinfo=UTC))
    ann, li = await lives(room, "de-DE,en"), await lives(room, "zh-CN,en")
    assert [bool(line.day) for line in ann.page.messages] == [True, True]
    assert [bool(line.day) for line in li.page.messages] == [True, False]


async def test_poll_catch_up_older_pages_and_the_log_without_script_have_one_hour(room: Room, chat: Chat):
    await said(chat, map(str, range(120)), at=SAID)
    mia = await lives(room, "ne-NP,en")
    await mia.reads_earlier()
    await mia.says("now")
    await mia.catches_up()
    hours = {message.moment[-6:] for message in mia.page.messages}
    assert hours == {"+05:45"}
    answer = await mia.browser.gets(f"{mia.path}messages?after=5", **{"HX-Request": "true"})
    assert answer.text.count("+05:45") >= 100
    plain = await room.enter_without_script()
    plain.browser.http.headers["Accept-Language"] = "ne-NP,en"
    async with plain.log() as stream:
        await stream.reads("+05:45")


@pytest.mark.sizes(audiences=3)
async def test_one_visitor_with_every_audience_there_is_does_not_make_the_room_dear(
    room: Room, chat: Chat, sizes: Sizes
):
    """Who comes when there are too many reads the site's hour; those who were here keep theirs."""
    await said(chat, ["hi"], at=SAID)
    ann = await lives(room, "de-DE,en")
    eve = await lives(room, "en")
    for zone in ("Asia/Tokyo", "Asia/Kathmandu", "Asia/Dubai", "Pacific/Apia", "America/New_York"):
        await eve.posts("/clock", {"zone": zone, "back": eve.path})
        await eve.reloads()
        await eve.polls("&wait=0")
    assert shown(eve)[1] == "2026-11-26T22:49+00:00"
    await ann.reloads()
    assert shown(ann)[1] == "2026-11-26T23:49+01:00"
    tail = await chat.services.hub.tail("lobby")
    keys: Any = tail.answers.keys()
    assert len({audience for audience, *_ in keys}) <= sizes.audiences + 2
