"""Whatever a client sends: a clear answer, never a fault of ours, and nothing that others have is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chat.app import Chat
from chat.storage.tables import Event
from tests.kit.markup import parse
from tests.kit.page import Page
from tests.kit.people import Person, Room, Window
from tests.kit.raw import Headers, answer_to

HTMX = {"HX-Request": "true"}
HOST = (b"host", b"chat.test")
POSTS = pytest.mark.parametrize("path", ["messages", "nickname", "/language"])
NASTY = hypothesis(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def is_clear(answer: httpx.Response, *statuses: int) -> None:
    """It is one of these, and whoever reads it knows what is wrong."""
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        alerts = [element.text for element in parse(answer.text).all('[role="alert"]') if element.text]
        assert len(alerts) == 1, alerts
        assert "Traceback" not in answer.text


def stays_here(answer: httpx.Response) -> None:
    """It leads nowhere but to this site."""
    location = answer.headers.get("location", "/")
    assert location.startswith("/")
    assert not location.startswith(("//", "/\\"))
    assert location.isascii()


async def both_ways(person: Window, path: str, content: bytes, headers: dict[str, str] | None = None) -> list[int]:
    """The statuses with htmx and without."""
    statuses = []
    for extra in (HTMX, {}):
        answer = await person.posts(path, content=content, headers={**(headers or {}), **extra})
        is_clear(answer, 200, 303, 400, 413, 422)
        statuses.append(answer.status_code)
    return statuses


def seat_cookie(person: Person) -> tuple[bytes, bytes]:
    return b"cookie", f"seat={person.browser.cookie('seat', person.path)}".encode()


@pytest.fixture(autouse=True)
async def life_goes_on(ann: Person, bob: Person) -> AsyncIterator[None]:
    """After all that is done in a test, people talk as before."""
    await ann.polls()
    await ann.says("before")
    yield
    await ann.says("after")
    await bob.catches_up()
    assert {"before", "after"} <= set(bob.texts)
    await bob.reloads()
    assert bob.texts[-1] == "after"


# --- cursors ---

NO_CURSORS = [
    *("after=-1", "after=", "after=x", "after", "after=1.0", "after=1e3", "after=+1", "after=%201", "after=1%20"),
    *("after=0x1", "after=1_000", "after=%00", "after=%FF", "after=٣", "after=%D9%A3", "after=²", "after=NaN"),
    *("after=9007199254740993", f"after={10**23}", f"after={'9' * 5000}", "after=-0", "before=-1", "before="),
    *("before=x", f"before={10**20}", "before=%00&after=1", "", "x=1", "&&&", "=", "after=1;after=2", "%"),
    *("first=1", "wait=0", "before=0x1", "after[]=1", "after=null"),
]


async def test_a_cursor_that_is_none_is_400(ann: Person):
    for query in NO_CURSORS:
        for headers in (HTMX, {}):
            is_clear(await ann.browser.http.get(f"{ann.path}messages?{query}", headers=headers), 400)


async def test_a_cursor_far_ahead_is_told_to_reload(ann: Person):
    for query in ("after=9007199254740992", "after=999999999999999", "after=2"):
        answer = await ann.browser.http.get(f"{ann.path}messages?{query}", headers=HTMX)
        assert (answer.status_code, answer.headers["hx-refresh"]) == (200, "true"), query


async def test_a_page_before_any_number_is_a_page(ann: Person):
    for query, count in (
        ("before=0", 0),
        ("before=1", 0),
        ("before=2", 1),
        ("before=9007199254740992", 1),
        ("before=2&after=x", 1),
    ):
        page = await ann.browser.http.get(f"{ann.path}messages?{query}")
        assert (page.status_code, len(Page(page.text).messages)) == (200, count), query
        fragment = await ann.browser.http.get(f"{ann.path}messages?{query}", headers=HTMX)
        assert (fragment.status_code, len(parse(fragment.text).all("li.message"))) == (200, count), query


ODD = [
    *("after=0&from=x", "after=0&from=-1", "after=0&from=999999999999999", "after=0&reading=x"),
    *("after=0&from=0&from=0", "after=0&after=1&wait=0", "after=0&wait=2", "after=0&first=2&from=1"),
    *("after=1&first=1&from=%00", "after=0&wait=0&wait=0", "after=0&before=", "AFTER=0&after=0"),
]


async def test_odd_company_of_a_good_cursor_does_no_harm(ann: Person):
    for query in ODD:
        is_clear(await ann.browser.http.get(f"{ann.path}messages?{query}", headers=HTMX), 200, 400)


@NASTY
@given(query=st.binary(max_size=60) | st.from_regex(rb"(after|before|from|first|wait|reading)=[0-9a-z%&=]{0,20}"))
async def test_no_query_is_a_fault(ann: Person, chat: Chat, query: bytes):
    chat.services.waiters.seconds = 0
    for extra in ([], [(b"hx-request", b"true")]):
        target = f"{ann.path}messages?".encode() + query
        is_clear(await answer_to(chat.asgi, "GET", target, [HOST, seat_cookie(ann), *extra]), 200, 303, 400)


# --- bodies ---

BODIES = [
    *(
        b"",
        b"&",
        b"=",
        b"%",
        b"%%%",
        b"text",
        b"text=",
        b"=hi",
        b"text=%",
        b"text=%zz",
        b"\0",
        b"\xff\xfe",
        b"text=%00",
    ),
    *(b"text=%ff", b"text=\xed\xa0\x80", b"text=%ED%A0%80", b"text=%F4%90%80%80", b"text=%C0%80", b"\n\n", b"{}"),
    *(b"text=a&text=b", b"nickname=a&nickname=b", b"language=zh&language=en", b"text[]=hi", b"text=a;text=b"),
    *(b"text=hi&" + b"a=1&" * 7, b"a=1&" * 4000, b"&" * 16_000, b"text=" + b"%20" * 5000, b"text=" + b"a" * 16_000),
    *(b"text=hi&key=" + b"k" * 10_000, b"text=hi&key=%00", b"text=hi&key=%ff", b"key=a", b'{"text":"hi"}'),
    b"\xe4\xb8\xad=\xe4\xb8\xad",
]


@POSTS
async def test_no_body_is_a_fault(ann: Person, path: str):
    for body in BODIES:
        await both_ways(ann, path, body)


@POSTS
async def test_a_huge_body_is_refused_however_it_comes(ann: Person, path: str):
    async def in_pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"text=hi&" + b"x" * 992

    for kilobytes in (17, 1000):
        assert 413 in await both_ways(ann, path, b"x" * 1000 * kilobytes)
        url = path if path.startswith("/") else ann.path + path
        for extra in (HTMX, {}):
            answer = await ann.browser.http.post(url, content=in_pieces(kilobytes), headers=extra)
            is_clear(answer, 413, 422)
    assert await Event.count() == 1


async def test_a_body_whose_length_is_a_lie_is_refused(ann: Person, chat: Chat):
    for length in (b"5", b"-1", b"x", b"99999999999999999999", b"", b"1.5", b"\xb2"):
        headers = [HOST, seat_cookie(ann), (b"content-length", length)]
        answer = await answer_to(chat.asgi, "POST", f"{ann.path}messages".encode(), headers, [b"text=hello" * 3000])
        is_clear(answer, 400, 413)


async def test_a_client_that_hangs_up_in_the_middle_says_nothing(ann: Person, chat: Chat):
    for half in (b"", b"text=half a mess"):
        target = f"{ann.path}messages".encode()
        await answer_to(chat.asgi, "POST", target, [HOST, seat_cookie(ann)], [half], hangs_up=True)
    assert await Event.count() == 1


MULTIPART = b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nhi\r\n--b--\r\n'
CONTENT_TYPES = [
    *("multipart/form-data; boundary=b", "multipart/form-data", "multipart/form-data; boundary=", "text/plain"),
    *("multipart/form-data; boundary=" + "x" * 1000, "application/json", "application/msgpack", "text/html"),
    *("", ";", "a", "application/x-www-form-urlencoded; charset=nope", "text/plain; charset=utf-7"),
    "application/x-www-form-urlencoded, application/json",
]


@POSTS
async def test_no_content_type_is_a_fault(ann: Person, path: str):
    for content_type in CONTENT_TYPES:
        for body in (MULTIPART, b'{"text":"hi"}', b"\x81\xa4text\xa2hi", MULTIPART[:40], b"\xff" * 100):
            await both_ways(ann, path, body, {"Content-Type": content_type})


async def test_a_multipart_form_is_refused_and_says_nothing(ann: Person):
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert await both_ways(ann, "messages", MULTIPART, headers) == [422, 422]
    assert await Event.count() == 1


@NASTY
@given(body=st.binary(max_size=300) | st.lists(st.binary(max_size=20)).map(b"&text=".join))
async def test_no_bytes_are_a_fault(ann: Person, body: bytes):
    for path in ("messages", "nickname", "/language"):
        await both_ways(ann, path, body)


# --- paths ---

PATHS = [
    *(
        b"/%00",
        b"/%ff",
        b"/r/%00/",
        b"/r/%ff/",
        b"/r/%ff/%ff/",
        b"/r/lobby/%00/",
        b"/r/lobby/%00",
        b"/r/lobby/a%0d%0ab",
    ),
    *(b"/r/lobby/AAAAAAAAAAAAAAAA/%00", b"/r/lobby/AAAAAAAAAAAAAAAA/messages%00", b"//", b"///", b"/r//", b"/r//x/"),
    *(b"/r/%2f/", b"/r/%2e%2e/", b"/r/lobby/../../", b"/%2e%2e/%2e%2e/etc/passwd", b"/r/%ED%A0%80/", b"/r/%C0%AF/"),
    *(b"/r/%F0%9F%98%80/", b"/r/%E2%80%AE/", b"/r/lobby/%E4%BD%A0/", b"/r/lobby/\\/", b"/r/%25%32%66/", b"/%"),
    *(b"/r/%zz/", b"/r/%/", b"/r/lobby/" + b"x" * 60_000, b"/r/" + b"a/" * 5000, b"/r/lobby/'\"><script>/", b"*"),
    *(b"http://evil.example/r/lobby/", b"/r/lobby/%0d%0aSet-Cookie:%20a=b", b"/r/%0d%0aLocation:%20x/", b"/static/%00"),
    *(
        b"/static/%ff",
        b"/static/" + b"../" * 50,
        b"/r/lobby/http:%2F%2Fevil.example/",
        b"/language/%00",
        b"/health/%ff",
    ),
    *(b"//evil.example/%2e%2e", b"/r/lobby//evil.example/", b"/r//evil.example/AAAAAAAAAAAAAAAA", b"/r/lobby/%2f%2fx"),
]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_no_path_is_a_fault(chat: Chat, method: str):
    for path in PATHS:
        for headers in ([], [(b"hx-request", b"true")]):
            answer = await answer_to(chat.asgi, method, path, [HOST, *headers])
            assert answer.status_code in (303, 308, 400, 403, 404, 405), path
            stays_here(answer)
            if method != "HEAD" and answer.status_code >= 400:
                is_clear(answer, answer.status_code)


@NASTY
@given(
    pieces=st.lists(
        st.text(max_size=8) | st.sampled_from(["r", "lobby", "messages", "live", "..", "%", ""]), max_size=5
    )
)
async def test_no_path_at_all_is_a_fault(chat: Chat, pieces: list[str]):
    path = "/" + "/".join(quote(piece.encode(errors="surrogatepass"), safe="%+;=:@!$&'()*,~") for piece in pieces)
    answer = await answer_to(chat.asgi, "GET", path.encode())
    assert answer.status_code < 500
    stays_here(answer)


# --- headers ---

GARBAGE = [b"", b" ", b"\xff\xfe", b"x" * 8000, b"http://[", b"a:b:c", b"\x01\x02", b";,=\"'", b"../../%00"]
NAMES = [
    *("host", "cookie", "accept-language", "origin", "referer", "sec-fetch-site", "hx-request", "accept-encoding"),
    *("content-type", "content-length", "x-forwarded-for", "x-forwarded-proto", "range", "if-none-match", "accept"),
    *("if-modified-since", "transfer-encoding", "authorization", "x-http-method-override"),
]


@pytest.mark.parametrize("name", NAMES)
async def test_no_header_is_a_fault(ann: Person, chat: Chat, name: str):
    seat = ann.path.encode()
    for garbage in GARBAGE:
        headers = dict([HOST, seat_cookie(ann), (name.encode(), garbage)])
        for method, target, body in (
            ("GET", b"/", b""),
            ("GET", seat, b""),
            ("GET", seat + b"messages?after=0", b""),
            ("GET", b"/nowhere", b""),
            ("GET", b"/static/htmx-2.0.11.min.js", b""),
            ("POST", seat + b"messages", b"text=hi"),
            ("POST", seat + b"nickname", b"nickname="),
            ("POST", b"/language", b"language=en"),
        ):
            answer = await answer_to(chat.asgi, method, target, list(headers.items()), [body])
            assert answer.status_code < 500, (garbage, method, target, answer.text)
            stays_here(answer)


async def test_without_any_header_there_is_no_fault(chat: Chat):
    for path in (b"/", b"/r/lobby/", b"/nowhere", b"/language"):
        for method in ("GET", "POST"):
            assert (await answer_to(chat.asgi, method, path, [(b"x", b"y")])).status_code < 500


COOKIES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=80) | st.lists(
    st.sampled_from(["seat", "browser", "language", "=", ";", ",", '"', " ", "zh", "\\", "seat=", "browser=\xff"])
).map("".join)


@NASTY
@given(cookie=COOKIES)
async def test_no_cookie_is_a_fault(ann: Person, chat: Chat, cookie: str):
    headers: Headers = [HOST, (b"cookie", cookie.encode("latin-1"))]
    for target, status in (
        (ann.path.encode(), 303),
        (f"{ann.path}messages?after=0".encode(), 403),
        (b"/", 303),
        (b"/nowhere", 404),
    ):
        assert (await answer_to(chat.asgi, "GET", target, headers)).status_code == status


async def test_the_seat_s_cookie_may_come_in_any_company(ann: Person, chat: Chat):
    _, cookie = seat_cookie(ann)
    for value, status in (
        (cookie + b"; seat=x", 200),
        (b"a=b; " + cookie, 200),
        (b"seat=x; " + cookie, 403),
        (cookie + b"; browser=" + b"x" * 5000, 200),
        (cookie + b"; language=\xff; =; ;;", 200),
    ):
        headers = [HOST, (b"cookie", value), (b"hx-request", b"true")]
        answer = await answer_to(chat.asgi, "GET", f"{ann.path}messages?after=0&wait=0".encode(), headers)
        assert answer.status_code == status, value


async def test_unknown_rooms_and_seats_give_nothing_away(ann: Person, room: Room):
    stranger = room.browser()
    bodies = set()
    for path in (f"/r/lobby/{'A' * 16}/", f"/r/nowhere/{'A' * 16}/", ann.path):
        answer = await stranger.http.get(f"{path}messages?after=0", headers=HTMX)
        is_clear(answer, 403)
        bodies.add(answer.text)
    assert len(bodies) == 1
