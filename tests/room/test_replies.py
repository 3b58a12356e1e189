"""The sheet of a message, replies, and taking back one's own."""

from __future__ import annotations

import asyncio

import pytest

from chat.app import Chat
from tests.kit.acts import removes
from tests.kit.people import Person, Room


async def test_the_time_of_a_message_opens_its_sheet_and_disturbs_nothing(ann: Person, bob: Person):
    await ann.says("hello")
    await bob.catches_up()
    bob.types("text", "half a mess")
    sheet = await bob.opens("hello")
    assert sheet.one("blockquote").text.endswith("hello")
    assert "open" in sheet.attributes
    await ann.says("more")
    await bob.catches_up()
    assert bob.texts == ["hello", "more"]
    assert bob.typed == "half a mess"
    assert bob.page.has("#sheet dialog")


async def test_only_one_sheet_is_open(ann: Person):
    await ann.says("one")
    await ann.says("two")
    await ann.catches_up()
    await ann.opens("one")
    await ann.opens("two")
    assert len(ann.page.all("dialog")) == 1


async def test_a_reply_quotes_its_message_to_everybody(ann: Person, bob: Person, room: Room):
    await ann.renames("Ann")
    await ann.says("shall we?")
    await bob.catches_up()
    bob.types("text", "ye")
    strip = await bob.begins_reply("shall we?")
    assert strip.text.startswith("Ann shall we?")
    assert bob.typed == "ye"
    assert not bob.page.has("#sheet dialog")
    await bob.says("yes")
    assert not bob.page.has("#replying .replying")
    cid = await room.enter()
    for person in ann, bob, cid:
        await person.catches_up()
        quote = person.page.one(f"#m{person.line('yes').seq} .quote")
        assert quote["data-re"] == str(person.line("shall we?").seq)
        assert quote.text == "Ann shall we?"


async def test_a_quote_is_short(ann: Person):
    await ann.says("word " * 30 + "end")
    await ann.catches_up()
    await ann.replies("yes", to=("word " * 30 + "end"))
    await ann.catches_up()
    assert ann.page.one(".quote span").text == ("word " * 12).strip() + "…"


async def test_a_reply_to_a_reply_quotes_one_level(ann: Person):
    for text, to in ("one", ""), ("two", "one"), ("three", "two"):
        await (ann.replies(text, to) if to else ann.says(text))
        await ann.catches_up()
    quote = ann.page.one(f"#m{ann.line('three').seq} .quote")
    assert quote.text == "Anonymous two"


async def test_the_quote_of_a_removed_message_is_empty_everywhere(ann: Person, bob: Person, room: Room, chat: Chat):
    await ann.says("secret")
    await bob.catches_up()
    await bob.replies("what?", to="secret")
    await ann.catches_up()
    assert (await ann.takes_back("secret")).status_code == 200
    cid = await room.enter()
    plain = await room.enter_without_script()
    for person in ann, bob:
        await person.catches_up()
    for window in ann, bob, cid, plain:
        assert "secret" not in window.page.html or window in (ann, bob)
        quote = window.page.one(".quote")
        assert quote.text == "This message was removed"
        assert window.page.one(f"#m{quote['data-re']} .erased").text == "This message was removed"
    page = await cid.browser.gets(f"{cid.path}messages?around=2")
    assert "secret" not in page.text


async def test_a_quote_leads_to_its_message(ann: Person, chat: Chat):
    await ann.says("one")
    await ann.catches_up()
    await ann.replies("two", to="one")
    await ann.catches_up()
    href = ann.page.one(".quote")["href"].partition("#")[0]
    here = await ann._gets(f"{href}&from=1")
    assert here.headers["hx-redirect"] == "#m1"
    elsewhere = await ann._gets(f"{href}&from=2")
    assert elsewhere.headers["hx-redirect"] == f"{ann.path}messages?around=1#m1"
    page = await ann.browser.gets(f"{ann.path}messages?around=1")
    assert page.text.count('id="m1"') == page.text.count('id="m2"') == 1


async def test_a_reply_to_what_was_removed_meanwhile_keeps_the_text_and_lets_the_reply_go(ann: Person, bob: Person):
    """Who replies shall decide whether the words still make sense alone."""
    await ann.says("shall we?")
    await bob.catches_up()
    await bob.begins_reply("shall we?")
    await ann.catches_up()
    await ann.takes_back("shall we?")
    assert "not there any more" in await bob.is_refused("yes")
    assert not bob.page.has("#replying .replying")
    await bob.says("yes")
    await bob.catches_up()
    assert bob.texts[-1] == "yes"
    assert not bob.page.has(".quote")


@pytest.mark.parametrize("seq", ["99", "2"])
async def test_a_reply_to_what_is_no_message_is_refused(ann: Person, seq: str):
    await ann.says("hi")
    await ann.renames("Ann")
    answer = await ann.posts("messages", {"text": "yes", "reply_to": seq}, headers={"HX-Request": "true"})
    assert answer.status_code == 422


async def test_a_message_of_another_room_cannot_be_quoted(ann: Person, chat: Chat):
    await ann.says("secret")
    bob = await Room(chat, "elsewhere").enter()
    answer = await bob.posts("messages", {"text": "yes", "reply_to": "1"}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert (await bob.browser.gets(f"{bob.path}messages/1")).status_code == 404


async def test_a_reply_without_a_script(room: Room, ann: Person):
    await ann.says("shall we?")
    plain = await room.enter_without_script()
    await plain.follows(".door")
    assert plain.page.one("main blockquote").text.endswith("shall we?")
    await plain.follows(".acts a")
    assert "shall we?" in plain.page.one("#replying").text
    await plain.is_refused("x" * 201)
    assert "shall we?" in plain.page.one("#replying").text
    await plain.says("yes")
    await ann.catches_up()
    assert ann.page.one(".quote")["data-re"] == "1"
    assert not plain.page.has("#replying .replying")


async def test_taking_back_happens_once(ann: Person, bob: Person, chat: Chat):
    await ann.says("oops")
    await ann.catches_up()
    paths = ["messages/1/removal"] * 3
    answers, _ = await asyncio.gather(
        asyncio.gather(*(ann.posts(path, {}, headers={"HX-Request": "true"}) for path in paths)),
        removes(chat, "lobby", 1),
    )
    assert {answer.status_code for answer in answers} <= {200, 404}
    await bob.catches_up()
    assert bob.page.one("#m1 .erased")
    assert [line["data-seq"] for line in bob.page.all("[data-seq]")] == ["1", "2"]


async def test_nobody_takes_back_what_others_said(ann: Person, bob: Person):
    await ann.says("mine")
    await bob.catches_up()
    assert not [form for form in (await bob.opens("mine")).all("form") if form.get("action").endswith("/removal")]
    answer = await bob.posts("messages/1/removal", {}, headers={"HX-Request": "true"})
    assert answer.status_code == 404
    await bob.catches_up()
    assert bob.texts == ["mine"]


async def test_taking_back_without_a_script(room: Room):
    plain = await room.enter_without_script()
    await plain.says("oops")
    await plain.follows(".door")
    await plain.sends(plain.page.one("details form"))
    assert plain.answer.status_code == 303
    await plain.enters(plain.answer.headers["location"])
    assert plain.page.one("#m1 .erased")


@pytest.mark.parametrize("seq", ["0", "9", "x", "-1", "9" * 17, str(2**53 + 1), "1%00", "１"])
async def test_a_sheet_of_nothing_is_a_clear_fault(ann: Person, seq: str):
    await ann.says("hi")
    for path in f"messages/{seq}", f"messages/{seq}/reply":
        assert (await ann.browser.gets(ann.path + path)).status_code in (400, 403, 404)
    assert (await ann.posts(f"messages/{seq}/removal", {})).status_code in (400, 403, 404)


async def test_a_strangers_sheet_is_not_shown(ann: Person, bob: Person):
    await ann.says("hi")
    assert (await bob.browser.gets(f"{ann.path}messages/1")).status_code == 403
