"""Mentions: marked for everybody, lit up for whom they mean."""

from __future__ import annotations

import pytest

from tests.kit.acts import removes
from tests.kit.people import NoScriptPerson, Person, Room

HTMX = {"HX-Request": "true"}


def marked(person: NoScriptPerson | Person) -> list[tuple[str, list[str]]]:
    return [(mark.text, mark["data-to"].split()) for mark in person.page.all("#live .at")]


async def test_ann_mentions_bob_and_his_page_alone_lights_it_up(room: Room, ann: Person, bob: Person):
    await bob.renames("Bob")
    await bob.says("hi")
    await bob.sees("hi")
    await ann.says("hello @bob!")
    for person in (ann, bob):
        await person.catches_up()
        assert marked(person) == [("@bob", [bob.page.me])]
    own = [style.text for style in bob.page.all("style") if "data-to" in style.text]
    assert f'[data-to~="{bob.page.me}"]' in own[0]
    assert bob.page.me not in "".join(style.text for style in ann.page.all("style"))
    plain = await room.enter_without_script()
    async with plain.log() as log:
        await log.reads('class="at"')


async def test_who_has_not_spoken_lately_or_elsewhere_is_only_text(room: Room, ann: Person, bob: Person):
    await bob.renames("Bob")
    await ann.says("hello @bob")
    await ann.catches_up()
    assert marked(ann) == []
    other = await Room(room.chat, "other").enter()
    await other.renames("Bob")
    await other.says("hi")
    await ann.says("hello again @bob")
    await ann.catches_up()
    assert marked(ann) == []


async def test_who_has_renamed_since_is_known_by_both_names(ann: Person, bob: Person):
    await bob.says("hi")
    await bob.renames("Bob")
    await bob.says("it is me")
    await bob.renames("Robert")
    await ann.says("@bob or @robert?")
    await ann.catches_up()
    assert [names for _, names in marked(ann)] == [[bob.page.me], [bob.page.me]]


async def test_a_removed_message_mentions_nobody(room: Room, ann: Person, bob: Person):
    await bob.renames("Bob")
    await bob.says("hi")
    await ann.says("@bob")
    await ann.sees("@bob")
    await removes(room.chat, room.name, ann.line("@bob").seq or 0)
    await ann.catches_up()
    fresh = await room.enter()
    assert marked(ann) == marked(fresh) == []


@pytest.mark.parametrize("door", ["asgi", "connection"])
async def test_the_title_of_whom_it_means_says_so(ann: Person, bob: Person, room: Room):
    cat = await room.enter()
    await bob.renames("Bob")
    await bob.says("hi")
    for person in (bob, cat):
        await person.catches_up()
    looks_away = "&seen=1&wait=0"
    await ann.says("hello")
    for person in (bob, cat):
        assert (
            "<title>(1) lobby" in (await person.browser.gets(f"{person.path}messages?after=1{looks_away}", **HTMX)).text
        )
    await ann.says("@bob: hello")
    titles = []
    for person in (bob, cat):
        answer = await person.browser.gets(f"{person.path}messages?after=2{looks_away}", **HTMX)
        titles.append(answer.text[answer.text.index("<title>") :][:20])
    assert titles == ["<title>(@) (2) lobby", "<title>(2) lobby · C"]
    await removes(room.chat, room.name, 3)
    answer = await bob.browser.gets(f"{bob.path}messages?after=2{looks_away}", **HTMX)
    assert "(@)" not in answer.text


async def test_a_mention_in_a_reply_and_a_link_keep_working(ann: Person, bob: Person):
    await bob.renames("Bob")
    await bob.says("hi")
    await ann.sees("hi")
    await ann.replies("see https://example.com/@bob @bob <b>", to="hi")
    await ann.catches_up()
    line = ann.page.messages[-1]
    assert line.text == "see https://example.com/@bob @bob <b>"
    assert [text for text, _ in marked(ann)] == ["@bob"]
    assert ann.page.one("#live .text a")["href"] == "https://example.com/@bob"
