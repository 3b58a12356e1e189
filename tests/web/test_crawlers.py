"""What machines find: messengers, search engines, browsers that ask for an icon."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx
import pytest

from tests.kit.page import Page
from tests.kit.people import SITE, Browser, Person, Room

INDEXED = pytest.mark.settings(index="yes", limits="off")


def shared(answer: httpx.Response) -> dict[str, str]:
    """The Open Graph tags of a page."""
    return {tag["property"]: tag["content"] for tag in Page(answer.text).all("meta[property]")}


async def steps(bot: Browser, path: str, **headers: str) -> list[httpx.Response]:
    """The answers on the way to a page, which is the last."""
    answers = [await bot.gets(path, **headers)]
    while "location" in answers[-1].headers:
        answers.append(await bot.gets(answers[-1].headers["location"], **headers))
    return answers


async def test_a_shared_address_shows_its_room_and_nobody_s_words(room: Room, ann: Person):
    await ann.says("a private word")
    bot = room.browser().refuses_cookies()
    page = await bot.goes_to("/r/lobby/")
    assert page.status_code == 200
    found = shared(page)
    assert found["og:title"] == "lobby · Chatroom"
    assert found["og:url"] == f"{SITE}/r/lobby/"
    assert found["og:description"]
    assert "a private word" not in "".join(found.values())
    image = await bot.gets(found["og:image"])
    assert (image.status_code, image.headers["content-type"]) == (200, "image/png")
    assert found["og:image"].startswith(SITE)
    assert len(image.content) < 30_000


async def test_addresses_are_those_of_the_site_as_it_was_asked(room: Room):
    bot = room.browser().refuses_cookies()
    *_, entered, page = await steps(bot, "/r/你好/", Host="chat.example:8080")
    home = "http://chat.example:8080/r/%E4%BD%A0%E5%A5%BD/"
    assert shared(page)["og:url"] == home
    assert Page(page.text).one("link[rel=canonical]")["href"] == home
    assert (await bot.gets(entered.headers["location"], Host='x"><script>')).status_code == 400


async def test_the_page_leads_to_its_feed(room: Room, ann: Person):
    address, kind = ann.answer.links["alternate"]["url"], ann.answer.links["alternate"]["type"]
    assert kind == "application/atom+xml"
    assert (await room.browser().gets(urljoin(ann.url, address))).status_code == 200


async def indexing(room: Room, name: str) -> set[str]:
    """What a search engine, which keeps no cookies, is told at a room's address: on each step, twice on the page."""
    bot = room.browser().refuses_cookies()
    answers = await steps(bot, f"/r/{name}/")
    told = Page(answers[-1].text).one("meta[name=robots]")["content"]
    return {told, *(answer.headers["x-robots-tag"] for answer in answers)}


async def test_nothing_is_indexed_by_default(room: Room):
    assert await indexing(room, "lobby") == {"noindex"}
    robots = (await room.browser().gets("/robots.txt")).text
    assert robots.endswith("User-agent: *\nDisallow: /\n")


@INDEXED
async def test_listed_rooms_are_indexed_where_the_operator_says_so(room: Room):
    assert await indexing(room, "lobby") == {"all"}
    assert await indexing(room, "_secret") == {"noindex"}
    robots = (await room.browser().gets("/robots.txt")).text.splitlines()
    assert "Disallow: /" not in robots
    assert "Disallow: /r/_" in robots


@INDEXED
async def test_a_seat_s_page_is_never_indexed(ann: Person):
    for path in ("", "messages?before=1", "nowhere"):
        answer = await ann.browser.gets(f"{ann.path}{path}")
        assert answer.headers["x-robots-tag"] == "noindex"
    assert ann.page.one("meta[name=robots]")["content"] == "noindex"
    assert ann.page.one("link[rel=canonical]")["href"] == f"{SITE}/r/lobby/"


async def test_messengers_may_look_at_what_is_shared(room: Room):
    answer = await room.browser().gets("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    named, _, others = answer.text.partition("\n\n")
    assert "User-agent: Twitterbot" in named
    assert named.endswith("Allow: /")
    assert others.startswith("User-agent: *")


async def test_the_icon_that_browsers_guess_is_ours(room: Room):
    browser = room.browser()
    for path in ("/favicon.ico", "/robots.txt"):
        assert "set-cookie" not in (await browser.gets(path)).headers
    icon = await browser.goes_to("/favicon.ico")
    assert icon.headers["content-type"] == "image/png"
