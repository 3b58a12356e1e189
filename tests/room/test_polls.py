"""A poll is held until there is news; it is always answered, and each answer carries the next poll."""

import asyncio

import httpx
import pytest

from chat.app import Chat
from tests.kit.chats import until
from tests.kit.doors import DOORS
from tests.kit.page import Page
from tests.kit.people import Person, Room

HTMX = {"HX-Request": "true"}


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_page_s_first_poll_is_answered_at_once_and_takes_the_stale_line_away(ann: Person):
    assert "Messages do not appear by themselves here." in ann.page.one("#stale").text
    assert "data-live" not in ann.page.one("#poll").attributes
    await ann.polls()
    assert not ann.page.has("#stale")
    assert "data-live" in ann.page.one("#poll").attributes


async def test_the_first_poll_brings_what_was_said_since_the_page(ann: Person, bob: Person):
    await bob.says("hi")
    await ann.polls()
    assert ann.texts == ["hi"]
    assert not ann.page.has("#stale")


async def test_a_poll_is_held_until_there_is_news(ann: Person, bob: Person):
    await ann.polls()
    poll = await ann.waits()
    await bob.says("hi")
    answer = await poll
    assert (answer.status_code, ann.texts) == (200, ["hi"])
    assert ann.cursor == "messages?after=1"
    assert not ann.paced


async def test_a_poll_that_found_nothing_answers_with_the_next_one(ann: Person):
    await ann.polls()
    ann.chat.services.waiters.seconds = 0.01
    answer = await ann.polls()
    assert answer.status_code == 200
    assert Page(answer.text).one("li")["hx-get"] == ann.cursor == "messages?after=0"
    assert not ann.paced
    assert ann.page.one("#poll")["hx-trigger"] == "load, every 2s"


async def test_the_sentinel_is_the_one_that_browsers_were_tried_with(ann: Person):
    await ann.polls()
    for poller in (ann.page.one("#poll"), Page(ann.page.html).one("#poll")):
        assert poller["hx-swap"] == "none"
        assert poller["hx-sync"] == "this:drop"
        assert poller["hx-trigger"] == "load, every 2s"
        assert poller["hx-include"] == ".window"


async def test_whoever_does_not_want_to_wait_is_answered_at_once(ann: Person, chat: Chat):
    await ann.polls()
    answer = await ann.polls("&wait=0")
    assert answer.status_code == 200
    assert chat.services.waiters.held == {}


async def test_an_answer_that_found_nothing_weighs_little(ann: Person):
    await ann.polls()
    answer = await ann.polls("&wait=0")
    headers = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    assert len(answer.content) + headers < 600


async def test_everybody_who_waits_for_the_same_is_sent_the_same_bytes(room: Room, chat: Chat):
    people = [await room.enter() for _ in range(3)]
    for person in people * 2:
        await person.polls("&wait=0")  # then all show the same count of who is here
    held = await chat.services.hub.tail("lobby")
    polls = [await person.waits() for person in people]
    await people[0].says("hi")
    await asyncio.gather(*polls)
    assert len(held.answers) == 1


async def test_readers_of_two_languages_wait_for_the_same_message(room: Room):
    ann, li = await room.enter(), await room.enter(language="zh")
    for person in (ann, li):
        await person.polls()
    polls = [await ann.waits(), await li.waits()]
    await ann.renames("Ann")
    await ann.says("hi")
    await asyncio.gather(*polls)
    assert ann.texts == li.texts == ["hi"]


# --- waiting is bounded ---


async def test_three_windows_of_a_browser_are_held_and_the_fourth_polls_by_the_clock(room: Room, chat: Chat):
    browser = room.browser()
    windows = [await room.enter(browser) for _ in range(4)]
    for window in windows:
        await window.polls()
    polls = [await window.waits() for window in windows[:3]]
    await windows[3].polls()
    assert windows[3].paced
    assert windows[3].page.one("#poll")["hx-trigger"] == "every 2s"
    await (await room.enter()).says("hi")
    await windows[3].polls()
    await asyncio.gather(*polls)
    assert [window.texts for window in windows] == [["hi"]] * 4
    assert not any(window.paced for window in windows[:3])


async def test_a_place_that_is_free_again_is_taken(room: Room):
    browser = room.browser()
    windows = [await room.enter(browser) for _ in range(4)]
    for window in windows:
        await window.polls()
    polls = [await window.waits() for window in windows[:3]]
    await windows[3].polls()
    await windows[0].says("hi")
    await asyncio.gather(*polls)
    await windows[3].polls()
    poll = await windows[3].waits()
    await windows[0].says("again")
    await poll
    assert windows[3].texts == ["hi", "again"]
    assert not windows[3].paced


async def test_other_browsers_at_the_same_address_are_held_too(room: Room):
    people = [await room.enter(room.browser(address="198.51.100.1")) for _ in range(5)]
    for person in people:
        await person.polls()
    polls = [await person.waits() for person in people]
    await people[0].says("hi")
    await asyncio.gather(*polls)


@pytest.mark.parametrize("forged", [None, "", "its id", "another signature"])
async def test_a_forged_browser_cookie_gives_nobody_else_s_places_away(room: Room, forged: str | None):
    """Without a cookie that we signed each seat counts for itself."""
    browser = room.browser()
    windows = [await room.enter(browser) for _ in range(7)]
    for window in windows:
        await window.polls()
    polls = [await window.waits() for window in windows[:3]]
    id, _, signature = browser.cookie("browser", "/").partition(".")
    browser.http.cookies.delete("browser")
    if forged is not None:
        value = {"its id": id, "another signature": f"{id}.{signature[::-1]}"}.get(forged, forged)
        browser.http.cookies.set("browser", value, domain="chat.test", path="/")
    polls += [await window.waits() for window in windows[3:]]
    await windows[0].says("hi")
    await asyncio.gather(*polls)


@pytest.mark.settings(held_polls=2)
async def test_a_full_process_holds_no_more_and_still_tells_everybody(room: Room):
    people = [await room.enter() for _ in range(3)]
    for person in people:
        await person.polls()
    polls = [await person.waits() for person in people[:2]]
    await people[2].polls()
    assert people[2].paced
    await people[2].says("hi")
    await asyncio.gather(*polls)
    await people[2].polls()
    assert [person.texts for person in people] == [["hi"]] * 3
    await people[2].waits()


@pytest.mark.settings(held_polls=0)
async def test_a_chat_that_holds_nothing_still_works(ann: Person, bob: Person):
    await ann.polls()
    await ann.polls()
    assert ann.paced
    await bob.says("hi")
    await ann.sees("hi")


async def test_duplicated_tabs_do_not_chase_each_other(ann: Person):
    await ann.polls()
    twin = Person(ann.browser)
    await twin.enters(ann.url)
    await twin.polls()
    assert twin.seat == ann.seat
    first = await ann.waits()
    second = await twin.waits()
    await first
    assert ann.paced
    assert not second.done()
    await ann.says("hi")
    await second
    await ann.polls("&wait=0")
    assert ann.texts == twin.texts == ["hi"]


async def test_a_window_that_is_reloaded_while_it_waits_goes_on(ann: Person, bob: Person):
    await ann.polls()
    old = await ann.waits()
    page = ann.page
    await ann.reloads()
    await ann.polls()
    new = await ann.waits()
    await old
    assert page is not ann.page
    await bob.says("hi")
    await new
    assert ann.texts == ["hi"]


async def test_when_the_server_stops_every_poll_is_answered(ann: Person, bob: Person, chat: Chat):
    for person in (ann, bob):
        await person.polls()
    polls = [await ann.waits(), await bob.waits()]
    chat.services.waiters.release()
    for answer in await asyncio.gather(*polls):
        assert answer.status_code == 200
    assert ann.paced
    assert (await ann.polls()).status_code == 200
    assert ann.paced
    assert chat.services.waiters.held == {}


async def test_nothing_of_an_answered_poll_stays(ann: Person, bob: Person, chat: Chat):
    await ann.polls()
    poll = await ann.waits()
    await bob.says("hi")
    await poll
    lobby = await chat.services.hub.tail("lobby")
    assert (chat.services.waiters.held, chat.services.waiters.places.taken, lobby.waiters) == ({}, 0, set())


async def test_a_window_that_vanishes_while_it_waits_leaves_nothing(ann: Person, chat: Chat):
    await ann.polls()
    poll = await ann.waits()
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    lobby = await chat.services.hub.tail("lobby")
    assert (chat.services.waiters.held, chat.services.waiters.places.taken, lobby.waiters) == ({}, 0, set())


@pytest.mark.parametrize("encoding", ["br", "gzip"])
async def test_a_large_answer_is_compressed_once_for_all_who_can_take_it(ann: Person, encoding: str):
    await ann.says("small")
    await ann.polls()
    for number in range(60):
        await ann.says(f"a message of the usual length, number {number}")
    tail = await ann.chat.services.hub.tail("lobby")

    async def poll(accepted: str, after: int) -> httpx.Response:
        headers = {"HX-Request": "true", "Accept-Encoding": accepted}
        return await ann.browser.gets(f"{ann.path}messages?after={after}&wait=0", **headers)

    plain, packed, again = [await poll(how, 0) for how in ("identity", f"x, {encoding};q=1", encoding)]
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == again.headers["content-encoding"] == encoding
    assert int(packed.headers["content-length"]) * 3 < len(plain.content)
    assert packed.text == plain.text == again.text
    assert "content-encoding" not in (await poll(encoding, 60)).headers
    assert len(tail.answers) == 2


# --- polls as addresses ---


async def test_a_poll_to_whose_address_somebody_added_is_held_too(ann: Person, bob: Person, chat: Chat):
    await ann.polls()
    poll = asyncio.create_task(ann.browser.gets(f"{ann.path}messages?_=17&after=0", **{"HX-Request": "true"}))
    await until(lambda: ann.seat in chat.services.waiters.held)
    await bob.says("hi")
    assert "hi" in (await poll).text


async def test_without_htmx_the_address_of_a_poll_leads_to_the_page_and_never_waits(ann: Person):
    for query in ("after=0", "after=0&first=1", "after=0&wait=0", "after=99"):
        answer = await ann.browser.gets(f"{ann.path}messages?{query}")
        assert (answer.status_code, answer.headers["location"]) == (303, ann.path)


async def test_a_poll_that_is_spelled_otherwise_is_understood_too(ann: Person, bob: Person):
    await bob.says("hi")
    for query in ("wait=0&after=0", "after=0&wait=0&x=1", "after=0&first=1&wait=0", "%61fter=0", "after=00"):
        answer = await ann.browser.gets(f"{ann.path}messages?{query}", **HTMX)
        assert answer.status_code == 200
        assert Page(answer.text).one(".text").text == "hi", query


async def test_the_room_s_name_in_a_poll_may_be_any_script(room: Room):
    people = [Person(room.browser()) for _ in range(2)]
    for person in people:
        await person.enters("/r/%E4%BD%A0%E5%A5%BD/")
        await person.polls()
    poll = await people[0].waits()
    await people[1].says("hi")
    await poll
    assert people[0].texts == ["hi"]
    assert people[0].room == "你好"


async def test_who_enters_while_a_message_is_stored_sees_it_once(room: Room, ann: Person):
    for number in range(10):
        newcomer, _ = await asyncio.gather(room.enter(), ann.says(str(number)))
        await newcomer.catches_up()
        assert newcomer.texts == [str(earlier) for earlier in range(number + 1)]


async def test_a_poll_waits_in_a_room_that_does_not_exist_yet(ann: Person, bob: Person):
    await ann.polls()
    poll = await ann.waits()
    await bob.says("first")
    await poll
    assert ann.texts == ["first"]
