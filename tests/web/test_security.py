"""Headers, the origin check, and what no page may hold."""

import re
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest

from chat.storage.tables import Event
from tests.kit.page import Page
from tests.kit.people import SITE, Person, Room

HTMX = {"HX-Request": "true"}

NEVER_FETCHED = {"canonical"}
"""Links that tell an address, and make no browser ask for it."""


@pytest.fixture
async def answers(ann: Person, room: Room) -> dict[str, httpx.Response]:
    """A page of every kind."""
    stranger = room.browser()
    await ann.says("hi")
    return {
        "door": await stranger.gets("/"),
        "room": await ann.browser.gets(ann.path),
        "earlier": await ann.browser.gets(f"{ann.path}messages?before=2"),
        "reading": await room.browser().refuses_cookies().goes_to("/r/lobby/"),
        "refused": await ann.posts("messages", {"text": ""}),
        "posted": await ann.posts("messages", {"text": "again"}),
        "renamed": await ann.posts("nickname", {"nickname": "Ann"}),
        "language": await ann.posts("/language", {"language": "en"}),
        "bad cursor": await ann.browser.gets(f"{ann.path}messages?after=x"),
        "not yours": await stranger.gets(f"{ann.path}messages?after=0"),
        "foreign": await ann.posts("messages", {"text": "hi"}, headers={"Origin": "https://evil.example"}),
        "no page": await stranger.gets("/nowhere"),
        "no room": await stranger.gets("/r/a.b/"),
        "not allowed": await stranger.http.delete("/"),
        "too large": await ann.posts("messages", content=b"x" * 20_000),
        "health": await stranger.gets("/health"),
    }


STATUSES = {"bad cursor": 400, "not yours": 403, "foreign": 403, "no page": 404, "not allowed": 405, "too large": 413}


async def test_every_answer_carries_the_headers(answers: dict[str, httpx.Response]):
    for name, answer in answers.items():
        assert answer.status_code == STATUSES.get(name, answer.status_code), name
        assert answer.headers["x-content-type-options"] == "nosniff", name
        assert answer.headers["referrer-policy"] == "same-origin", name
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", name
        assert answer.headers["cross-origin-resource-policy"] == "same-origin", name
        assert "camera=()" in answer.headers["permissions-policy"], name
        assert answer.headers["cache-control"] == "no-store", name
        assert "server" not in answer.headers, name
        assert "x-powered-by" not in answer.headers, name


async def test_every_page_has_a_policy_that_lets_nothing_foreign_in(answers: dict[str, httpx.Response]):
    for name, answer in answers.items():
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'none'", name
        assert policy["script-src"] == policy["connect-src"] == policy["form-action"] == "'self'", name
        assert policy["frame-ancestors"] == "'self'", name
        assert policy["base-uri"] == "'none'", name
        assert not re.search(r"unsafe|https?:|\*|data:(?!.*)", answer.headers["content-security-policy"]), name


async def test_every_style_of_a_page_is_in_its_policy(answers: dict[str, httpx.Response]):
    for name, answer in answers.items():
        if not answer.text.startswith("<!doctype"):
            continue
        allowed = answer.headers["content-security-policy"]
        for style in Page(answer.text).all("style"):
            digest = b64encode(sha256(style.text.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in allowed or f"'nonce-{style.get('nonce')}'" in allowed, name


async def test_no_page_has_scripts_or_styles_of_its_own_in_its_tags(answers: dict[str, httpx.Response]):
    for name, answer in answers.items():
        if not answer.text.startswith("<!doctype"):
            continue
        for element in Page(answer.text).tree.walk():
            assert not [attribute for attribute in element.attributes if attribute.startswith("on")], name
            assert "style" not in element.attributes, name
            assert not element.get("href").lower().startswith(("javascript:", "data:")), name
            if element.tag == "script":
                assert element["src"].startswith("/static/"), name
                assert element.text == "", name


async def test_no_page_asks_another_site_for_anything(answers: dict[str, httpx.Response]):
    for answer in answers.values():
        if not answer.text.startswith("<!doctype"):
            continue
        for element in Page(answer.text).tree.walk():
            for attribute in ("src", "action", "hx-get", "hx-post", "data", "srcset", "poster"):
                assert "//" not in element.get(attribute)
            if element.tag == "link" and element["rel"] not in NEVER_FETCHED:
                assert element["href"].startswith("/static/")


async def test_a_nonce_is_never_used_again(ann: Person):
    nonces = set()
    for _ in range(5):
        await ann.reloads()
        nonces |= {style["nonce"] for style in ann.page.all("style[nonce]")}
    assert len(nonces) == 5


async def test_a_fragment_carries_no_page_s_headers(ann: Person):
    await ann.polls()
    for answer in (await ann.polls("&wait=0"), await ann.tries("hi"), await ann.tries("")):
        assert "content-security-policy" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


async def test_an_answer_that_is_swapped_in_or_not_is_never_sniffed(ann: Person):
    for answer in (await ann.tries("hi"), await ann.tries(""), await ann.polls()):
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_static_files_are_kept_for_ever_and_carry_the_headers(ann: Person):
    (script,) = ann.page.all("script")
    paths = [script["src"], *(link["href"] for link in ann.page.all("link") if link["rel"] not in NEVER_FETCHED)]
    assert len(paths) >= 3
    for path in paths:
        answer = await ann.browser.gets(path)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers
        assert re.search(r"-\d", path)
        assert "?" not in path


async def test_nothing_but_static_files_is_under_static(room: Room):
    outside = ("../app.py", "..%2Fapp.py", "%2e%2e/settings.py", "....//app.py", "SHA256SUMS/..", "%00", "a%5Cb")
    for path in (*outside, "SHA256SUMS", "VENDORED.md", "../VENDORED.md"):
        answer = await room.browser().http.get(f"/static/{path}")
        assert answer.status_code in (404, 400), path


# --- where a post comes from ---


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "", "Origin": SITE},
        {"Sec-Fetch-Site": "Same-Origin, cross-site"},
        {"Origin": "http://chat.test:81"},
        {"Origin": "http://chat.test.evil.example"},
        {"Origin": "http://xchat.test"},
        {"Origin": ""},
        {"Origin": "http://["},
        {"Origin": "chat.test"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "//chat.test"},
        {"Origin": "ftp://chat.test"},
        {"Origin": "http://ann@chat.test"},
        {"Origin": "http://chat.test/"},
        {"Origin": "http://chat.test, http://chat.test"},
        {"Origin": "NULL"},
    ],
)
async def test_a_post_from_another_site_is_forbidden(ann: Person, headers: dict[str, str]):
    ours = {"Origin": SITE, "Sec-Fetch-Site": "same-origin"}
    for path, fields in (
        ("messages", {"text": "hi"}),
        ("nickname", {"nickname": "Eve"}),
        ("/language", {"language": "zh"}),
    ):
        for extra in ({}, HTMX):
            answer = await ann.posts(path, fields, headers={**ours, **headers, **extra})
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers
    await ann.reloads()
    assert ann.nickname == "Anonymous"
    assert await Event.count() == 0


@pytest.mark.parametrize("name, value", [("Origin", SITE), ("Origin", "null"), ("Sec-Fetch-Site", "same-origin")])
@pytest.mark.parametrize("other", ["", "the same", "https://evil.example"])
async def test_a_post_that_says_twice_where_it_comes_from_is_forbidden(ann: Person, name: str, value: str, other: str):
    headers = [(name, value), (name, value if other == "the same" else other)]
    answer = await ann.browser.http.post(f"{ann.path}messages", data={"text": "hi"}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": SITE, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
        {"Origin": "HTTP://CHAT.TEST"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
)
async def test_a_post_from_our_own_page_or_a_text_browser_passes(ann: Person, headers: dict[str, str]):
    answer = await ann.browser.http.post(f"{ann.path}messages", data={"text": "hi"}, headers=headers)
    assert answer.status_code == 303


async def test_whoever_comes_from_another_site_may_read(room: Room):
    browser = room.browser()
    answer = await browser.goes_to("/r/lobby/", **{"Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/"})
    assert answer.status_code == 200
