"""Sheets, replies, removals, rooms and moderation: bad input of every kind gets a clear answer, and nothing is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.kit.moderators import BAN, Moderator
from tests.kit.people import Person, Room
from tests.web.test_bad_input import HTMX, is_clear

NO_NUMBERS = [
    *("x", "-1", "+1", "1.0", "1e3", "0x1", "1_0", "٣", "²", "%00", "%FF", "%D9%A3", " 1", "NaN"),
    *("9007199254740993", "9" * 500, "%2e%2e", "1%2F2"),
]
NO_SUCH = ["0", "99", str(2**53)]
TEN_KB = "x" * 10_000


@pytest.fixture(autouse=True)
async def nothing_is_lost(ann: Person, bob: Person) -> AsyncIterator[None]:
    await ann.says("before")
    yield
    await bob.sees("before")


def refused(answer: httpx.Response, *statuses: int) -> None:
    """A clear refusal, or for htmx a line."""
    if answer.request.headers.get("hx-request") and answer.status_code == 422:
        assert 'role="alert"' in answer.text
    else:
        is_clear(answer, *statuses)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
@pytest.mark.parametrize("number", [*NO_NUMBERS, *NO_SUCH])
async def test_what_is_no_message_is_not_there(ann: Person, number: str, headers: dict[str, str]):
    for path in (f"messages/{number}", f"messages/{number}/reply"):
        is_clear(await ann.browser.gets(ann.path + path, **headers), 400, 403, 404)
    is_clear(await ann.posts(f"messages/{number}/removal", headers=headers), 400, 403, 404)
    if number not in NO_SUCH:
        is_clear(await ann.browser.gets(f"{ann.path}messages?around={number}", **headers), 400)


async def test_a_message_of_another_room_is_not_here(ann: Person, bob: Person, room: Room):
    other = await Room(room.chat, "other").enter()
    for number in range(3):
        await other.says(f"{number}")
    for path in ("messages/3", "messages/3/reply"):
        is_clear(await ann.browser.gets(ann.path + path), 404)
    is_clear(await ann.posts("messages/3/removal"), 404)
    answer = await ann.posts("messages", {"text": "re", "key": "k", "reply_to": "3"}, headers=HTMX)
    refused(answer, 422)
    await ann.catches_up()
    assert "re" not in ann.texts


@pytest.mark.parametrize("path", ["people", "room", "title", "messages/1", "messages/1/reply", "live"])
async def test_somebody_else_s_seat_opens_nothing(ann: Person, bob: Person, path: str):
    for headers in (HTMX, {}):
        is_clear(await bob.browser.gets(ann.path + path, **headers), 403)
    is_clear(
        await bob.browser.http.post(f"{ann.path}messages/1/removal", headers={"Sec-Fetch-Site": "same-origin"}), 403
    )


@pytest.mark.parametrize("value", [*NO_NUMBERS, *NO_SUCH, TEN_KB])
async def test_a_reply_to_what_is_not_there_keeps_the_text(ann: Person, value: str):
    content = f"text=hello&key=k&reply_to={value}".encode()
    answer = await ann.posts("messages", content=content, headers=HTMX)
    assert answer.status_code in (200, 413, 422)
    plain = await ann.posts("messages", content=content)
    assert plain.status_code in (303, 413, 422)
    if plain.status_code == 422:
        assert 'value="hello"' in plain.text


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("messages", b"text=hello&key=k&reply_to=1&reply_to=2"),
        ("/rooms", b"room=a&room=b"),
        ("/rooms", b"room=%FF"),
        ("/rooms", f"room={TEN_KB}".encode()),
        ("/clock", b"zone=UTC&zone=UTC"),
        ("/clock", f"zone={TEN_KB}".encode()),
    ],
)
async def test_a_form_that_came_crooked_is_refused(ann: Person, path: str, content: bytes):
    for headers in (HTMX, {}):
        refused(await ann.posts(path, content=content, headers=headers), 400, 422)


@pytest.mark.parametrize("query", ["x=1", "q=%FF", "after=1&after=2", f"x={TEN_KB}", "&&=", "%", "q=" + "é" * 300])
async def test_no_query_is_a_fault(ann: Person, query: str):
    for path in (f"{ann.path}people", f"{ann.path}room", f"{ann.path}messages/1", "/r/lobby.txt", "/r/lobby.atom"):
        assert (await ann.browser.gets(f"{path}?{query}")).status_code == 200
    is_clear(await ann.browser.gets(f"/rooms?{query}"), 200, 400, 422)


# --- moderation ---


@pytest.mark.parametrize("number", [*NO_NUMBERS, *NO_SUCH])
async def test_a_moderator_acts_on_nothing_that_is_not_there(room: Room, number: str):
    mia = await Moderator.enter(room)
    for headers in (HTMX, {}):
        for path, fields in (
            ("removals", {"room": "lobby", "seq": number}),
            ("removals", {"room": "lobby", "seq": number, "hours": "1"}),
            ("bans", {"room": "lobby", "seq": number, **BAN}),
            (f"bans/{number}/lifted", {}),
            (f"bans/{number}/extended", {"minutes": "10"}),
        ):
            is_clear(await mia.posts(f"/moderation/{path}", fields, headers=headers), 400, 403, 404)


@pytest.mark.parametrize("name", ["", "no room", "x" * 41, "%FF", "a/b", TEN_KB])
async def test_a_moderator_changes_no_room_that_cannot_be(room: Room, name: str):
    mia = await Moderator.enter(room)
    for path, fields in (("notices", {"text": "x"}), ("removals", {"seq": "1"}), ("bans", {"seq": "1", **BAN})):
        is_clear(await mia.posts(f"/moderation/{path}", {"room": name, **fields}), 404)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("bans", b"room=lobby&seq=1&seq=1&mode=ban&minutes=10&person=1"),
        ("bans", b"room=lobby&seq=1&mode=ban&minutes=10&person=1&reason=" + b"x" * 10_000),
        ("bans", b"room=lobby&seq=1&mode=ban&minutes=10&person=1&reason=%FF"),
        ("notices", b"room=lobby&text=" + b"x" * 10_000),
        ("notices", b"room=lobby&text=%00"),
        ("rooms/lobby", b"topic=a&topic=b"),
        ("rooms/lobby", b"slow=x"),
        ("rooms/lobby", b"slow=9007199254740993"),
        ("rooms/lobby", b"topic=" + b"x" * 10_000),
    ],
)
async def test_a_moderator_s_form_that_came_crooked_is_refused(room: Room, path: str, content: bytes):
    mia = await Moderator.enter(room)
    for headers in (HTMX, {}):
        refused(await mia.posts(f"/moderation/{path}", content=content, headers=headers), 400, 404, 422)


@pytest.mark.parametrize("query", ["before=x", "before=-1", f"before={2**53 + 1}", "before=1-", "before=%FF"])
async def test_no_page_of_a_table_is_400(room: Room, query: str):
    mia = await Moderator.enter(room)
    for page in ("bans", "log", "rooms"):
        is_clear(await mia.browser.gets(f"/moderation/{page}?{query}"), 200, 400)
