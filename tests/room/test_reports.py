"""Reports: filed by visitors, hidden from five browsers on, settled by moderators."""

from __future__ import annotations

import pytest

from tests.kit.moderators import Moderator
from tests.kit.page import Page
from tests.kit.people import Person, Room

HTMX = {"HX-Request": "true"}


@pytest.fixture
async def troll(room: Room) -> Person:
    return await room.enter()


async def reports(person: Person, seq: int = 1, reason: str = "spam", text: str = "", *, htmx: bool = False) -> int:
    fields = {"reason": reason, "text": text}
    answer = await person.posts(f"messages/{seq}/report", fields, headers=HTMX if htmx else {})
    return answer.status_code


async def test_ann_reports_and_mia_reads_who_what_and_why(ann: Person, troll: Person, room: Room):
    mia = await Moderator.enter(room)
    await troll.says("buy this")
    await ann.sees("buy this")
    sheet = await ann.opens("buy this")
    form = next(form for form in sheet.all("form") if form.get("action").endswith("/report"))
    assert [box["value"] for box in form.all('input[name="reason"]')] == ["spam", "abuse", "danger", "other"]
    answer = await ann.posts("messages/1/report", {"reason": "abuse", "text": "<b>bad</b>"}, headers=HTMX)
    assert "A moderator will look at it" in answer.text
    main = await mia.reads("reports")
    assert "buy this" in main.text
    assert "abuse: <b>bad</b>" in main.text
    assert {tag.text for tag in main.all("td .tag")} == {troll.tag, ann.tag}
    page = await mia.reads(main.one("td a")["href"].removeprefix("/moderation/"))
    assert page.has('form[action="/moderation/bans"]')


async def test_the_fifth_browser_hides_it_for_all_and_mia_shows_it_again(ann: Person, troll: Person, room: Room):
    mia = await Moderator.enter(room)
    await troll.says("buy this")
    await ann.sees("buy this")
    shared = room.browser()
    for _ in range(6):
        assert await reports(await room.enter(shared), htmx=True) == 200
    for _ in range(3):
        await reports(await room.enter())
    await ann.catches_up()
    assert not ann.page.has("#m1 .veil"), "four browsers"
    await reports(await room.enter())
    await ann.catches_up()
    for form in ("txt", "atom"):
        assert "buy this" not in (await ann.browser.gets(f"/r/lobby.{form}")).text
    fresh = await room.enter()
    for person in (ann, fresh):
        assert person.page.one("#m1 .veil summary").text == "Reported: show"
    assert (await mia.acts("reports/1/done")).status_code == 200
    await ann.catches_up()
    fresh = await room.enter()
    for person in (ann, fresh):
        assert not person.page.has("#m1 .veil summary")
        assert "buy this" in person.texts[0]
    assert (await mia.acts("reports/1/done")).status_code == 404
    assert "It may stay" not in (await mia.reads("reports?done=1")).text


async def test_a_person_reports_a_message_once(ann: Person, troll: Person, room: Room):
    mia = await Moderator.enter(room)
    await troll.says("buy")
    for _ in range(3):
        assert await reports(ann) == 303
    assert len((await mia.reads("reports")).all("tbody tr")) == 1


@pytest.mark.parametrize(("reason", "text"), [("", ""), ("hate", ""), ("spam", "x" * 201)])
async def test_what_cannot_be_filed_is_refused(ann: Person, troll: Person, reason: str, text: str):
    await troll.says("buy")
    assert await reports(ann, 1, reason, text, htmx=True) == 422
    assert await reports(ann, 1, reason, text) == 422
    for seq in (2, 2**53):
        assert await reports(ann, seq) == 404


@pytest.mark.settings(limits="on")
async def test_reports_have_a_limit(ann: Person, room: Room, troll: Person):
    for number in range(5):
        await troll.says(f"buy {number}")
        assert await reports(ann, number + 1) == 303
    other = await room.enter()
    await other.says("more")
    assert await reports(ann, 6) == 429


@pytest.mark.settings(reports_hide=0)
async def test_where_the_operator_wants_it_nothing_is_hidden(ann: Person, room: Room, troll: Person):
    await troll.says("buy")
    for _ in range(6):
        await reports(await room.enter())
    await ann.catches_up()
    assert not ann.page.has(".veil")


async def test_without_script_the_reporter_is_told_what_happens_next(room: Room, troll: Person):
    ann = await room.enter_without_script()
    await troll.says("buy")
    await ann.reloads()
    await ann.enters(f"{ann.path}messages/1")
    answer = await ann.sends(next(form for form in ann.page.all("form") if form.get("action").endswith("/report")))
    assert answer.status_code == 303
    page = Page((await ann.browser.goes_to(answer.headers["location"])).text)
    assert "A moderator will look at it" in page.one('[role="status"]').text


async def test_mia_searches_in_all_rooms(ann: Person, bob: Person, room: Room):
    mia = await Moderator.enter(room)
    other = await Room(room.chat, "_private").enter(room.browser())
    await ann.renames("Ann")
    await ann.says("Hello 红烧肉 100%")
    await bob.says("hello too")
    await other.says("HELLO from a private room")

    async def found(query: str) -> list[str]:
        return [row.all("td")[3].text for row in (await mia.reads(f"messages{query}")).all("tbody tr")]

    assert await found("") == ["HELLO from a private room", "hello too", "Hello 红烧肉 100%"]
    assert await found("?text=hello") == ["HELLO from a private room", "hello too", "Hello 红烧肉 100%"]
    assert await found("?text=%E7%83%A7%E8%82%89") == ["Hello 红烧肉 100%"]
    assert await found("?text=0%25") == ["Hello 红烧肉 100%"]
    assert await found("?text=%25%25") == []
    assert await found("?nickname=ann") == ["Hello 红烧肉 100%"]
    assert await found("?room=_private") == ["HELLO from a private room"]
    assert await found(f"?tag={bob.tag}") == ["hello too"]
    assert await found(f"?address={ann.browser.address}") == ["Hello 红烧肉 100%"]
