"""The same form sent again says nothing twice; another text with a used key is not lost."""

import asyncio

import httpx
import pytest
from httpx import Cookies

from chat.app import Chat
from chat.settings import Settings
from chat.storage.tables import Event
from tests.kit.acts import removes
from tests.kit.chats import Clock, running
from tests.kit.people import Person, Room, Window

HTMX = {"HX-Request": "true"}


async def sends(person: Window, text: str, key: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return await person.posts("messages", {"text": text, "key": key}, headers=headers)


async def stored() -> list[str]:
    return list(await Event.select(Event.text).order_by(Event.seq).output(as_list=True))


@pytest.mark.parametrize("headers", [HTMX, {}])
async def test_a_double_tap_says_it_once(ann: Person, bob: Person, headers: dict[str, str]):
    answers = await asyncio.gather(*(sends(ann, "hi", "k1", headers) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200 if headers else 303}
    await bob.catches_up()
    assert bob.texts == ["hi"]
    assert await stored() == ["hi"]


async def test_a_retry_after_a_lost_answer_says_it_once(ann: Person, bob: Person):
    first = await sends(ann, "hi", "k1", HTMX)
    await bob.sees("hi")
    again = await sends(ann, "hi", "k1", HTMX)
    assert first.status_code == again.status_code == 200
    await bob.catches_up()
    assert bob.texts == ["hi"]


@pytest.mark.parametrize("headers", [HTMX, {}])
async def test_a_text_that_comes_back_with_its_page_and_had_arrived_is_said_once(ann: Person, headers: dict[str, str]):
    """The answer is lost, with its cookie; the page is loaded anew, and the browser puts back what was typed."""
    await ann.says("before")
    cookies = Cookies(ann.browser.http.cookies)
    await ann.sends(ann.types("text", "hi"), headers)
    ann.browser.http.cookies = cookies
    await ann.reloads()
    await ann.says("hi")
    await ann.says("hi")
    assert await stored() == ["before", "hi", "hi"]


async def test_reloading_a_plain_post_says_it_once(room: Room):
    plain = await room.enter_without_script()
    form = plain.types("text", "hi")
    await plain.sends(form)
    await plain.sends(form)
    await plain.sees("hi")
    assert plain.texts == ["hi"]


async def test_a_repeat_leaves_no_hole_in_the_numbers(ann: Person, bob: Person):
    await sends(ann, "one", "k1")
    await sends(ann, "one", "k1")
    await sends(ann, "two", "k2")
    await bob.catches_up()
    assert [line.seq for line in bob.page.messages] == [1, 2]


async def test_a_repeat_in_the_same_commit_as_others_leaves_no_hole(ann: Person, bob: Person):
    await sends(ann, "one", "k1")
    posts = [sends(ann, "one", "k1"), *(sends(bob, f"b{n}", f"k{n}") for n in range(3)), sends(ann, "two", "k2")]
    await asyncio.gather(*posts)
    await bob.catches_up()
    assert [line.seq for line in bob.page.messages] == [1, 2, 3, 4, 5]
    assert sorted(bob.texts) == ["b0", "b1", "b2", "one", "two"]


async def test_a_used_key_with_another_text_is_a_new_message(ann: Person, bob: Person):
    await sends(ann, "one", "k1", HTMX)
    await sends(ann, "two", "k1", HTMX)
    await bob.sees("one", "two")


async def test_a_page_brought_back_by_the_back_button_still_talks(ann: Person, bob: Person):
    html = ann.page.html
    await ann.says("one")
    ann.page = type(ann.page)(html)
    await ann.says("two")
    await bob.sees("one", "two")


async def test_the_same_text_that_is_only_spelled_otherwise_is_a_repeat(ann: Person):
    await sends(ann, "cafe\u0301", "k1")
    await sends(ann, " café\r\n", "k1")
    assert await stored() == ["café"]


async def test_two_people_may_use_the_same_key(ann: Person, bob: Person):
    await asyncio.gather(sends(ann, "hi", "k1"), sends(bob, "hi", "k1"))
    await bob.catches_up()
    assert bob.texts == ["hi", "hi"]


async def test_one_s_two_windows_may_use_the_same_key(room: Room):
    browser = room.browser()
    for person in (await room.enter(browser), await room.enter(browser)):
        await sends(person, "hi", "k1")
    assert await stored() == ["hi", "hi"]


async def test_without_a_key_each_post_is_a_message(ann: Person):
    for fields in ({"text": "hi"}, {"text": "hi"}, {"text": "hi", "key": ""}):
        assert (await ann.posts("messages", fields)).status_code == 303
    assert await stored() == ["hi"] * 3


async def test_every_answer_brings_another_key(ann: Person):
    keys = {ann.page.box("key")["value"]}
    for number in range(3):
        await ann.says(str(number))
        keys.add(ann.page.box("key")["value"])
    assert len(keys) == 4


async def test_a_page_that_is_loaded_anew_has_the_key_that_was_not_used_yet(ann: Person):
    await ann.says("hi")
    key = ann.page.box("key")["value"]
    await ann.reloads()
    assert ann.page.box("key")["value"] == key


async def test_a_refusal_keeps_the_key(ann: Person):
    key = ann.page.box("key")["value"]
    await ann.is_refused("")
    assert ann.page.box("key")["value"] == key


@pytest.mark.settings(limits="on", person_burst=2)
async def test_a_retry_is_never_too_fast(ann: Person):
    await sends(ann, "one", "k1", HTMX)
    await sends(ann, "two", "k2", HTMX)
    assert (await sends(ann, "three", "k3", HTMX)).status_code == 422
    for text, key in (("one", "k1"), ("two", "k2")):
        assert (await sends(ann, text, key, HTMX)).status_code == 200
        assert (await sends(ann, text, key)).status_code == 303
    assert await stored() == ["one", "two"]


@pytest.mark.settings(limits="on", person_burst=2)
async def test_a_double_tap_costs_one_message(ann: Person):
    for _ in range(2):
        await asyncio.gather(*(sends(ann, "one", "k1") for _ in range(4)))
    await ann.says("two")
    await ann.is_refused("three")


@pytest.mark.settings(limits="on", repeats=2)
async def test_a_retry_is_no_repeated_text(ann: Person):
    for _ in range(4):
        assert (await sends(ann, "one", "k1", HTMX)).status_code == 200
    assert (await sends(ann, "one", "k2", HTMX)).status_code == 422
    assert await stored() == ["one"]


async def test_a_retry_after_the_server_was_started_anew_says_it_once(settings: Settings, clock: Clock):
    async with running(settings, clock) as chat:
        ann = await Room(chat).enter()
        await sends(ann, "hi", "k1", HTMX)
    async with running(settings, clock) as chat:
        ann.browser.move_to(chat)
        assert (await sends(ann, "hi", "k1", HTMX)).status_code == 200
        await ann.catches_up()
        assert ann.texts == ["hi"]


async def test_a_retry_of_what_was_removed_since_says_nothing(ann: Person, bob: Person, chat: Chat):
    await sends(ann, "hi", "k1", HTMX)
    await removes(chat, "lobby", 1)
    assert (await sends(ann, "hi", "k1", HTMX)).status_code == 200
    await bob.catches_up()
    assert [line.text for line in bob.page.messages] == ["This message was removed"]
