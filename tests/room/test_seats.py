"""One window is one person: seats, their cookies, and who gets none."""

import re

import pytest

from chat.storage.tables import Event
from chat.storage.tables import Person as PersonRow
from chat.storage.tables import Room as RoomRow
from tests.kit.chats import Clock
from tests.kit.page import Page
from tests.kit.people import Person, Room, Window

HTMX = {"HX-Request": "true"}


async def test_two_windows_of_one_browser_are_two_people(room: Room):
    browser = room.browser()
    left, right = await room.enter(browser), await room.enter(browser)
    await left.says("hi")
    await left.sees("hi")
    await right.sees("hi")
    assert left.seat != right.seat
    assert left.tag != right.tag
    assert left.line("hi").own
    assert not right.line("hi").own


async def test_reloading_keeps_the_person_the_nickname_and_their_own_messages(ann: Person):
    await ann.renames("Ann")
    await ann.says("hi")
    tag = ann.tag
    await ann.reloads()
    assert (ann.nickname, ann.tag) == ("Ann", tag)
    assert ann.line("hi").own


async def test_a_window_that_was_closed_for_long_is_still_the_person_s(ann: Person, clock: Clock):
    seat = ann.seat
    clock.passes(30 * 24 * 3600)
    await ann.reloads()
    assert ann.seat == seat


async def test_a_friend_who_opens_my_address_gets_a_seat_of_their_own(ann: Person, room: Room):
    await ann.renames("Ann")
    friend = Person(room.browser())
    await friend.enters(ann.path)
    assert friend.room == ann.room
    assert friend.seat != ann.seat
    assert friend.nickname == "Anonymous"


async def test_a_shared_link_that_still_carries_the_mark_gives_the_friend_an_own_seat(
    ann: Person, room: Room, clock: Clock
):
    assert "new=" in ann.url
    clock.passes(16)
    friend = Person(room.browser())
    await friend.enters(ann.url)
    assert friend.seat != ann.seat
    await friend.says("hi")


async def test_a_link_shared_within_seconds_gives_the_friend_an_own_seat_and_never_mine(ann: Person, room: Room):
    await ann.renames("Ann")
    friend = Person(room.browser())
    await friend.enters(ann.url)
    assert friend.seat != ann.seat
    await friend.says("hi")
    await ann.catches_up()
    assert ann.line("hi").nickname == "Anonymous"
    third = Person(room.browser())
    await third.enters(friend.url.partition("?")[0])
    assert third.seat not in (ann.seat, friend.seat)


async def test_whoever_refuses_cookies_is_tried_twice_and_may_read(ann: Person, room: Room):
    await ann.says("hi")
    stranger = Window(room.browser().refuses_cookies())
    await stranger.enters("/r/lobby/")
    assert stranger.texts == ["hi"]
    assert not stranger.page.has("form.say, #me, #poll")
    answer = await stranger.posts("messages", {"text": "I am Ann"})
    assert answer.status_code == 403


async def test_the_mark_of_another_seat_is_not_believed(ann: Person, bob: Person, room: Room):
    stranger = Person(room.browser())
    await stranger.enters(f"{ann.path}?{bob.url.partition('?')[2]}")
    assert stranger.seat not in (ann.seat, bob.seat)


@pytest.mark.parametrize("mark", ["", "1", ".", "zz.00", "%FF", "6b49d200.000000000000", "-1.0", "١.x"])
async def test_a_forged_mark_is_not_believed(ann: Person, room: Room, mark: str):
    stranger = Person(room.browser())
    await stranger.enters(f"{ann.path}?new={mark}")
    assert stranger.seat != ann.seat


# --- cookies ---


async def test_the_cookie_is_the_seat_s_alone(room: Room):
    answer = await room.browser().gets("/r/lobby/")
    assert answer.status_code == 303
    seat, browser = answer.headers.get_list("set-cookie")
    path = answer.headers["location"].partition("?")[0]
    assert re.match(r"seat=\w+; ", seat)
    assert re.match(r"browser=[\w-]{16}\.\w{32}; ", browser)
    for cookie, where in ((seat, path), (browser, "/")):
        properties = cookie.lower().split("; ")
        assert "httponly" in properties
        assert "samesite=lax" in properties
        assert "max-age=34560000" in properties
        assert "secure" not in properties
        assert f"path={where}".lower() in properties


async def test_over_https_the_cookies_are_secure(room: Room):
    browser = room.browser()
    answer = await browser.gets("https://chat.test/r/lobby/")
    assert all("secure" in cookie.lower() for cookie in answer.headers.get_list("set-cookie"))


async def test_a_browser_is_named_once(room: Room):
    browser = room.browser()
    await room.enter(browser)
    answer = await browser.gets("/r/lobby/")
    assert [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")] == ["seat"]


NOT_OURS = [
    "",
    "fixed",
    "u_2gTzcJ3HFdkwpL",
    ".",
    "u_2gTzcJ3HFdkwpL.",
    "u_2gTzcJ3HFdkwpL." + "0" * 32,
    "\xe9.\xe9",
    "a" * 5000,
]
"""Values of a browser's cookie that we did not sign; one without a signature is from before there was any."""


@pytest.mark.parametrize("value", NOT_OURS)
async def test_a_browser_whose_name_we_did_not_sign_is_named_anew(room: Room, value: str):
    stranger = room.browser().http
    answer = await stranger.get("/r/lobby/", headers={b"Cookie": f"browser={value}".encode("latin-1")})
    names = [cookie.partition("=")[0] for cookie in answer.headers.get_list("set-cookie")]
    assert names == ["seat", "browser"]


@pytest.fixture
async def wrong_cookies(ann: Person, bob: Person, room: Room) -> dict[str, str]:
    elsewhere = Person(ann.browser)
    await elsewhere.enters("/r/elsewhere/")
    mine = ann.browser.cookie("seat", ann.path)
    return {
        "none": "",
        "empty": "seat=",
        "forged": "seat=" + "0" * 32,
        "cut short": f"seat={mine[:-1]}",
        "longer": f"seat={mine}0",
        "bob's": f"seat={bob.browser.cookie('seat', bob.path)}",
        "another room's": f"seat={ann.browser.cookie('seat', elsewhere.path)}",
        "garbage": "\xff\x01;;=;seat;seat=\xe4\xb8\xad; =",
        "another name": f"browser={mine}",
        "another case": f"Seat={mine}",
    }


def sent(cookie: str, others: dict[str, str] | None = None) -> dict[bytes, bytes]:
    """Headers with this cookie, whatever bytes it has."""
    headers = {"Cookie": cookie, **(others or {})}
    return {name.encode(): value.encode("latin-1") for name, value in headers.items() if value}


async def test_without_the_seat_s_cookie_polls_and_posts_are_forbidden_and_lead_nowhere(
    ann: Person, room: Room, wrong_cookies: dict[str, str]
):
    await ann.polls()
    stranger = room.browser()
    for name, cookie in wrong_cookies.items():
        for extra in ({}, HTMX):
            for verb, path, fields in (
                ("GET", "messages?after=0", None),
                ("GET", "messages?after=0&first=1", None),
                ("GET", "messages?before=9", None),
                ("GET", "live", None),
                ("POST", "messages", {"text": "hi"}),
                ("POST", "nickname", {"nickname": "Eve"}),
            ):
                stranger.http.cookies.clear()
                answer = await stranger.http.request(verb, ann.path + path, data=fields, headers=sent(cookie, extra))
                assert answer.status_code == 403, (name, verb, path, extra)
                assert "location" not in answer.headers
                assert Page(answer.text).alerts()
    assert await Event.count() == 0


@pytest.mark.parametrize(("path", "field"), [("messages", "text"), ("nickname", "nickname")])
async def test_what_was_typed_in_a_window_whose_cookie_is_gone_is_not_lost(ann: Person, path: str, field: str):
    ann.browser.http.cookies.clear()
    answer = await ann.posts(path, {field: "<i>long thoughts"})
    assert answer.status_code == 403
    page = Page(answer.text)
    assert page.one("blockquote").text == "<i>long thoughts"
    assert page.one(".error a")["href"] == "/r/lobby/"


async def test_the_page_of_a_seat_without_its_cookie_leads_to_a_seat_of_one_s_own(
    ann: Person, room: Room, wrong_cookies: dict[str, str]
):
    stranger = room.browser()
    for cookie in wrong_cookies.values():
        stranger.http.cookies.clear()
        answer = await stranger.http.get(ann.path, headers=sent(cookie))
        assert (answer.status_code, answer.headers["location"]) == (303, "/r/lobby/")


async def test_a_seat_of_one_room_is_none_in_another(ann: Person):
    path = ann.path.replace("lobby", "elsewhere")
    cookie = {"Cookie": f"seat={ann.browser.cookie('seat', ann.path)}"}
    answer = await ann.browser.http.post(f"{path}messages", data={"text": "hi"}, headers=cookie)
    assert answer.status_code == 403


async def test_a_chat_with_another_key_believes_no_seat_of_this_one(ann: Person):
    await ann.says("hi")
    seat, cookie = ann.seat, ann.browser.cookie("seat", ann.path)
    seats = type(ann.chat.services.seats)(b"another key")
    assert ann.chat.services.seats.holds("lobby", seat, cookie)
    assert not seats.holds("lobby", seat, cookie)


# --- no cookies at all ---


@pytest.mark.parametrize("address", ["/", "/r/lobby/", "/r/%E4%BD%A0/"])
@pytest.mark.parametrize(("language", "words"), [("en", "refuses cookies"), ("zh", "Cookie")])
async def test_who_refuses_cookies_can_read_and_is_told_why_not_write(
    room: Room, address: str, language: str, words: str
):
    reader = Window(room.browser(language).refuses_cookies())
    await reader.enters(address)
    assert reader.answer.status_code == 200
    assert words in reader.page.one("body").text
    assert not reader.page.has("form.say, form.rename, #poll, iframe")


async def test_who_refuses_cookies_reads_what_was_said(ann: Person, room: Room):
    await ann.says("hi")
    reader = Window(room.browser().refuses_cookies())
    await reader.enters("/r/lobby/")
    assert reader.texts == ["hi"]
    assert not reader.line("hi").own


async def test_who_refuses_cookies_can_reload_for_ever(room: Room, clock: Clock):
    reader = Window(room.browser().refuses_cookies())
    await reader.enters("/r/lobby/")
    for _ in range(3):
        clock.passes(60)
        await reader.reloads()
        assert reader.answer.status_code == 200


# --- what is kept ---


async def test_looking_leaves_no_trace_in_the_database(room: Room):
    for _ in range(3):
        visitor = await room.enter()
        await visitor.polls()
        await visitor.reloads()
    assert (await RoomRow.count(), await PersonRow.count(), await Event.count()) == (0, 0, 0)


async def test_a_person_is_kept_with_the_first_message(ann: Person, bob: Person):
    await ann.says("hi")
    await ann.says("again")
    assert await PersonRow.select(PersonRow.seat).output(as_list=True) == [ann.seat]
    assert await RoomRow.select(RoomRow.name, RoomRow.last_seq) == [{"name": "lobby", "last_seq": 2}]


async def test_a_person_is_kept_with_the_first_rename(ann: Person, bob: Person):
    await ann.renames("Ann")
    assert await PersonRow.select(PersonRow.seat, PersonRow.nickname) == [{"seat": ann.seat, "nickname": "Ann"}]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.settings(keep_addresses_days=0)
async def test_where_addresses_are_not_to_be_kept_none_is_ever_stored(ann: Person, tmp_path):
    await ann.says("hi")
    files = [file for file in tmp_path.iterdir() if file.name.startswith("chatroom.sqlite")]
    assert files
    assert not any(ann.browser.address.encode() in file.read_bytes() for file in files)


# --- who is who ---


async def test_tag_and_colour_are_the_same_wherever_the_person_is_shown(ann: Person, bob: Person, room: Room):
    await ann.says("hi")
    await ann.renames("Ann")
    await ann.sees("hi")
    await bob.sees("hi")
    for window in (ann, bob, await room.enter_without_script()):
        assert window.line("hi").tag == ann.tag
        colours = {
            name
            for li in window.page.all("#live li.message, #live li.rename")
            for name in li.classes
            if re.fullmatch(r"c\d+", name)
        }
        assert len(colours) == 1
    assert ann.page.me not in ann.path


async def test_namesakes_are_told_apart_by_their_tags(ann: Person, bob: Person):
    for person in (ann, bob):
        await person.renames("Kim")
        await person.says(f"from {person.seat}")
    await bob.catches_up()
    first, second = bob.page.messages
    assert first.nickname == second.nickname == "Kim"
    assert first.tag != second.tag


async def test_nobody_else_s_address_can_be_read_from_what_they_see(ann: Person, bob: Person):
    await ann.says("hi")
    await ann.renames("Ann")
    await bob.catches_up()
    await bob.reloads()
    assert ann.seat not in bob.page.html
    assert ann.browser.address not in bob.page.html


@pytest.mark.settings(reserved_names=("boss",))
async def test_a_remembered_nickname_that_is_reserved_here_is_not_offered(room: Room):
    browser = room.browser()
    browser.http.cookies.set("nickname", "The%20Boss", path="/")
    assert (await room.enter(browser)).typed_nickname == ""
    browser.http.cookies.set("nickname", "admin", path="/")
    assert (await room.enter(browser)).typed_nickname == "admin"
