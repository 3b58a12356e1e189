"""The addresses of the site, as outsiders rely on them."""

from urllib.parse import quote

import pytest

from chat.app import Chat
from tests.kit.page import Page
from tests.kit.people import Person, Room

HTMX = {"HX-Request": "true"}


async def test_the_front_door_leads_straight_to_a_seat_in_the_lobby(room: Room):
    answer = await room.browser().gets("/")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/r/lobby/")
    assert len(answer.headers["location"].split("/")[3]) == 16


async def test_any_room_works_by_its_address(room: Room):
    for name in ("a", "x" * 40, "你好", "été", "a-b_c", "0", "г_-д", "みんな"):
        person = Person(room.browser())
        await person.enters(f"/r/{quote(name)}/")
        await person.says("hi")
        await person.sees("hi")
        assert person.room == name


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("/r/Lobby/", "/r/lobby/"),
        ("/r/Lobby", "/r/lobby/"),
        ("/r/%EF%BC%A1%EF%BC%A2/", "/r/ab/"),
        ("/r/%E4%BD%A0%E5%A5%BD", "/r/%E4%BD%A0%E5%A5%BD/"),
        ("/r/STRASSE/", "/r/strasse/"),
        ("/r/stra%C3%9Fe/", "/r/strasse/"),
        ("/r/e%CC%81/", "/r/%C3%A9/"),
    ],
)
async def test_a_room_has_one_spelling(room: Room, path: str, where: str):
    browser = room.browser()
    answer = await browser.gets(path)
    assert answer.status_code in (303, 308)
    assert answer.headers["location"] == where
    final = await browser.goes_to(path)
    assert final.status_code == 200
    assert final.url.raw_path.startswith(where.encode())


async def test_an_address_without_its_last_slash_is_moved_for_good(ann: Person):
    for path, where in (("/r/lobby", "/r/lobby/"), (ann.path.rstrip("/"), ann.path)):
        answer = await ann.browser.gets(path)
        assert (answer.status_code, answer.headers["location"]) == (308, where)


async def test_a_seat_under_another_spelling_of_its_room_leads_to_the_room(ann: Person):
    answer = await ann.browser.gets(ann.path.replace("lobby", "Lobby"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/r/lobby/")


@pytest.mark.parametrize(
    "name", ["a b", "a.b", "x" * 41, "%00", "%FF", "a%2Fb%20", "😀", "%E2%80%8B", "..", "a%0D%0Ab", "%CC%81a", "~", "'"]
)
async def test_what_cannot_be_a_room_s_name_is_not_found(room: Room, name: str):
    for path in (f"/r/{name}/", f"/r/{name}/AAAAAAAAAAAAAAAA/"):
        answer = await room.browser().gets(path)
        assert answer.status_code in (303, 404)
        assert "location" not in answer.headers or answer.headers["location"].isascii()
    answer = await room.browser().goes_to(f"/r/{name}/")
    assert answer.status_code == 404 or answer.url.path.startswith("/r/")


@pytest.mark.parametrize(
    "path", ["/nowhere", "/r", "/r/", "/rooms/../x", "/static/nothing.css", "/static/", "/schema", "/docs", "/a" * 2000]
)
async def test_an_address_that_is_none_is_a_page_that_says_so(room: Room, path: str):
    answer = await room.browser().gets(path)
    assert answer.status_code == 404
    assert Page(answer.text).alerts() == ["There is no page at this address."]


@pytest.mark.parametrize("path", ["/schema", "/schema/openapi.json", "/schema/swagger", "/docs", "/debug", "/admin"])
async def test_nothing_of_the_framework_is_served(room: Room, path: str):
    assert (await room.browser().gets(path)).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "X"])
async def test_other_methods_are_not_allowed(ann: Person, method: str):
    for path in ("/", ann.path, f"{ann.path}messages", "/language", "/health"):
        answer = await ann.browser.http.request(method, path)
        assert answer.status_code in (204, 405), path
        assert "allow" in answer.headers


async def test_a_get_of_what_only_takes_posts_is_not_allowed(ann: Person):
    for path in ("/language", f"{ann.path}nickname"):
        answer = await ann.browser.gets(path)
        assert answer.status_code == 405
        assert "POST" in answer.headers["allow"]
        assert Page(answer.text).alerts() == ["This address does not take that."]


# --- HEAD ---


def addresses(chat: Chat, person: Person) -> list[str]:
    """An address of every route that answers GET."""
    filled = {
        "room": person.room,
        "seat": person.seat,
        "seq": "1",
        "token": "none",
        "ban": "1",
        "report": "1",
        "held": "1",
    }
    return [
        "/" + "/".join(filled[part.name] if hasattr(part, "name") else part for part in route.path_components)
        for route in chat.litestar.routes
        if "GET" in getattr(route, "methods", ())
    ]


async def test_head_is_answered_wherever_get_is(ann: Person, chat: Chat):
    chat.services.waiters.release()
    paths = [*addresses(chat, ann), "/static/htmx-2.0.11.min.js", "/nowhere"]
    assert len(paths) >= 8
    for path in paths:
        for spelled in (path, f"{path}/", f"{path}?after=0"):
            for headers in ({}, HTMX):
                got = await ann.browser.http.get(spelled, headers=headers)
                head = await ann.browser.http.head(spelled, headers=headers)
                assert head.content == b""
                assert head.status_code == got.status_code, spelled
                assert set(head.headers) >= set(got.headers), spelled
                assert head.headers.get("content-type") == got.headers.get("content-type")


async def test_head_of_a_room_s_log_ends_at_once(ann: Person):
    answer = await ann.browser.http.head(f"{ann.path}live")
    assert answer.status_code == 200


# --- what fits where ---


async def test_the_same_address_answers_a_fragment_or_a_page(ann: Person, bob: Person):
    await bob.says("hi")
    for path, fields in (
        ("messages?before=2", None),
        ("messages", {"text": ""}),
        ("nickname", {"nickname": ""}),
    ):
        verb = "POST" if fields else "GET"
        plain = await ann.browser.http.request(verb, ann.path + path, data=fields)
        fragment = await ann.browser.http.request(verb, ann.path + path, data=fields, headers=HTMX)
        assert plain.text.startswith("<!doctype html>")
        assert "<html" not in fragment.text
        assert len(fragment.text) < len(plain.text) / 2


async def test_every_page_weighs_little(ann: Person):
    """Compressed, with its style: under 8 KB."""
    for number in range(50):
        await ann.says(f"{number}: the quick brown fox jumps over the lazy dog, {ann.seat[number % 16 :]}")
    answer = await ann.browser.http.get(ann.path, headers={"Accept-Encoding": "br"})
    assert answer.headers["content-encoding"] == "br"
    assert int(answer.headers["content-length"]) < 8 * 1024


async def test_the_health_of_the_house(ann: Person):
    answer = await ann.browser.gets("/health")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["status"] == "ok"
