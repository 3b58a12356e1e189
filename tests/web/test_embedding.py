"""The room within another site: who may show it, and a seat that needs no cookie."""

import re
from typing import TypeVar
from urllib.parse import urljoin

import httpx
import pytest

from chat.app import Chat
from tests.kit.doors import DOORS
from tests.kit.moderators import Moderator, link, signs_in
from tests.kit.page import Page
from tests.kit.people import Browser, NoScriptPerson, Person, Room

HOST, SECOND = "https://blog.example", "http://localhost:3000"
HTMX = {"HX-Request": "true"}
IN_A_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{HOST}/"}

pytestmark = pytest.mark.settings(embed_origins=(HOST, SECOND))


P = TypeVar("P", Person, NoScriptPerson)


async def framed(kind: type[P], browser: Browser, query: str = "") -> P:
    """Somebody reads a page of another site, which shows the room in a frame; the browser keeps no cookie there."""
    person = kind(browser.refuses_cookies())
    await person.enters(f"/embed/lobby{query}")
    assert person.answer.status_code == 200
    return person


@pytest.fixture
async def eve(room: Room) -> Person:
    return await framed(Person, room.browser())


@pytest.fixture
async def gus(room: Room) -> NoScriptPerson:
    return await framed(NoScriptPerson, room.browser())


def ancestors(answer: httpx.Response) -> str:
    """Who may show it in a frame."""
    return re.search("frame-ancestors ([^;]*)", answer.headers["content-security-policy"])[1]  # type: ignore[index]


async def answers(person: Person) -> dict[str, httpx.Response]:
    """All that a seat may ask for, as pages and for htmx."""
    found = {}
    for path in ("", "people", "mine", "room", "clock", "messages/1", "messages?before=2", "messages?around=1", "x"):
        for name, headers in (("page", {}), ("htmx", HTMX)):
            found[f"{path} {name}"] = await person.browser.gets(person.path + path, **headers)
    found["entrance"] = await person.browser.gets("/embed/lobby")
    found["forged"] = await person.browser.gets(f"/embed/lobby/AAAAAAAAAAAAAAAA.{'0' * 32}/")
    for path, fields in (("messages", {"text": ""}), ("messages", {"text": "x"}), ("nickname", {"nickname": ""})):
        found[f"post {path} {fields}"] = await person.posts(path, fields)
    return found


# --- who may show it ---


@pytest.mark.settings(embed_origins=())
async def test_where_no_site_is_named_there_is_nothing_to_embed(room: Room, chat: Chat):
    path = f"/embed/lobby/AAAAAAAAAAAAAAAA.{chat.services.seats.secret('lobby', 'AAAAAAAAAAAAAAAA')}/"
    for address in ("/embed/lobby", "/embed/lobby/", path, f"{path}mine"):
        answer = await room.browser().gets(address)
        assert answer.status_code == 404
        assert ancestors(answer) == "'none'"
        assert "set-cookie" not in answer.headers


async def test_the_named_sites_may_show_it_and_nobody_else(eve: Person):
    await eve.says("hi")
    for name, answer in (await answers(eve)).items():
        if "htmx" not in name:
            assert ancestors(answer) == f"{HOST} {SECOND}", name
    log = await eve.browser.http.head(f"{eve.path}live")
    assert ancestors(log) == f"'self' {HOST} {SECOND}", "it is a frame of the page's own"


async def test_no_other_site_may_show_anything_else(ann: Person, eve: Person, room: Room):
    mia = await Moderator.enter(room)
    for path in ("/", "/r/lobby/", ann.path, f"{ann.path}mine", "/rooms", "/clock", "/nowhere", "/moderation/"):
        answer = await mia.browser.goes_to(path, **IN_A_FRAME)
        assert ancestors(answer) in ("'self'", "'none'"), path


async def test_the_secret_of_a_frame_opens_no_ordinary_window(eve: Person, room: Room):
    seat, _, secret = eve.path.split("/")[3].partition(".")
    for cookie in (secret, f"{seat}.{secret}"):
        answer = await room.browser().gets(f"/r/lobby/{seat}/mine", Cookie=f"seat={cookie}")
        assert answer.status_code == 403


async def test_a_forged_or_borrowed_secret_opens_nothing(eve: Person, ann: Person, chat: Chat):
    seat, secret = eve.path.split("/")[3].split(".")
    cookie = chat.services.seats.cookie("lobby", seat)
    for address in (
        f"/embed/lobby/{seat}.{'0' * 32}/",
        f"/embed/lobby/{seat}/",
        f"/embed/lobby/{seat}.{cookie}/",
        f"/embed/other/{seat}.{secret}/",
        f"/embed/Lobby/{seat}.{secret}/",
        f"/embed/lobby/{ann.seat}.{secret}/",
        f"/embed/lobby/{seat}.{secret}0/",
        f"/embed/lobby/{seat}.{secret}~theme/",
    ):
        for path in ("", "mine", "messages?after=0", "live"):
            answer = await eve.browser.gets(address + path, Cookie=f"seat={cookie}")
            assert answer.status_code in (403, 404), address
            assert eve.seat not in answer.text
        assert (await eve.posts(f"{address}messages", {"text": "x"})).status_code in (403, 404)


# --- a seat without a cookie ---


async def test_in_a_frame_one_does_what_one_does_at_any_seat(eve: Person, ann: Person):
    await eve.says("hello from afar")
    await ann.sees("hello from afar")
    await ann.replies("welcome", to="hello from afar")
    await eve.sees("hello from afar", "welcome")
    await eve.renames("Eve")
    assert eve.nickname == "Eve"
    await eve.begins_reply("welcome")
    await eve.says("thanks")
    await ann.sees("thanks")
    assert (await eve.takes_back("hello from afar")).status_code == 200
    sheet = await eve.opens("welcome")
    form = next(form for form in sheet.all("form") if form.get("action").endswith("report"))
    assert (await eve.sends(form, HTMX)).status_code == 200
    assert await eve.is_refused("x" * 201)
    await eve.reloads()
    assert (eve.nickname, eve.texts) == ("Eve", ["This message was removed", "welcome", "thanks"])


async def test_the_same_without_script(gus: NoScriptPerson, ann: Person):
    async with gus.log() as log:
        await ann.says("good morning")
        await log.reads("good morning")
    await gus.says("good evening")
    await gus.renames("Gus")
    await gus.is_refused("x" * 201)
    await gus.reloads()
    assert (gus.nickname, gus.texts) == ("Gus", ["good morning", "good evening"])
    await gus.follows("#m1 .door")
    assert gus.answer.status_code == 200
    await gus.enters(gus.page.all("a.button")[-1]["href"])
    assert gus.texts == ["good morning", "good evening"]


@pytest.mark.parametrize("door", DOORS)
async def test_polls_are_held_in_a_frame_too(room: Room, ann: Person):
    eve = await framed(Person, room.browser())
    await eve.catches_up()
    for text in ("one", "two"):
        poll = await eve.waits()
        await ann.says(text)
        await poll
    assert eve.texts == ["one", "two"]


async def test_each_frame_is_somebody_else(room: Room):
    browser = room.browser()
    eve, other = await framed(Person, browser), await framed(Person, browser)
    assert eve.seat != other.seat


async def test_where_a_browser_keeps_a_cookie_for_the_site_around_it_comes_back_as_the_same(room: Room):
    browser = room.browser()
    cookie = (await browser.gets("/embed/lobby")).headers["set-cookie"]
    for attribute in ("Path=/embed/lobby", "HttpOnly", "Secure", "SameSite=None", "Partitioned"):
        assert f"; {attribute}" in cookie
    kept = {"Cookie": cookie.partition(";")[0]}
    eve, again = Person(browser), Person(browser)
    eve.shows(await browser.goes_to("/embed/lobby", **kept))
    again.shows(await browser.goes_to("/embed/lobby?theme=dark", **kept))
    assert eve.seat == again.seat == cookie[len("frame=") :].partition(".")[0]
    await eve.says("mine")
    await eve.posts("forget")
    assert eve.answer.headers["location"] == "/embed/lobby"
    eve.shows(await browser.goes_to("/embed/lobby", **kept))
    assert eve.seat != again.seat
    other_room = await browser.gets("/embed/tea", **kept)
    assert again.seat not in other_room.headers["location"]


# --- the secret stays where it is ---


async def test_the_secret_goes_nowhere(eve: Person, ann: Person, chat: Chat):
    secret = eve.path.split(".")[1].partition("/")[0]
    await eve.says("hi")
    for name, answer in (await answers(eve)).items():
        if "htmx" not in name:
            assert answer.headers["referrer-policy"] == "no-referrer", name
        if name != "entrance":
            assert "set-cookie" not in answer.headers, name
        if answer.text.startswith("<!doctype"):
            for link_out in Page(answer.text).all("a"):
                if "target" not in link_out.attributes:
                    continue
                assert secret not in urljoin("http://chat.test/r/", link_out["href"]), name
                assert (link_out["target"], "noopener" in link_out["rel"]) == ("_blank", True), name
    for path in (ann.path, "/r/lobby.txt", "/r/lobby.atom", "/health"):
        assert secret not in (await ann.browser.gets(path)).text


async def test_nothing_in_the_frame_leads_to_what_the_frame_may_not_show(eve: Person):
    await eve.says("hi")
    for name, answer in (await answers(eve)).items():
        for element in Page(answer.text).all("a, form"):
            if element.get("method") == "dialog":
                continue
            where = urljoin(eve.path, element.get("href") or element["action"])
            assert element.get("target") == "_blank" or where.startswith("/embed/"), f"{name}: {where}"


async def test_the_room_opens_in_a_window_of_its_own(eve: Person):
    out = eve.page.one(".out")
    assert (out["href"], out["target"], out["rel"]) == ("/r/lobby/", "_blank", "noopener")
    assert out["aria-label"] == "Open in a window of its own"


# --- what the site around it chooses ---


async def test_the_site_around_chooses_language_and_theme(room: Room):
    eve = await framed(Person, room.browser(), "?language=zh&theme=dark")
    await eve.says("hi")
    await eve.reloads()
    assert (eve.page.one("html")["lang"], eve.page.one("html")["data-theme"]) == ("zh-Hans", "dark")
    assert "匿名用户" in (await eve.browser.gets(f"{eve.path}people")).text
    await eve.posts("forget")
    assert eve.answer.headers["location"] == "/embed/lobby?language=zh&theme=dark"


@pytest.mark.parametrize("query", ["?language=xx&theme=pink", "?theme=auto", "?language=en/../x&theme=%22%3E", "?a=b"])
async def test_what_it_cannot_choose_the_visitor_s_browser_decides(room: Room, query: str):
    eve = await framed(Person, room.browser(), query)
    assert eve.page.one("html")["lang"] == "en"
    assert "data-theme" not in eve.page.one("html").attributes


async def test_the_hour_and_the_way_without_script_are_kept_by_the_address(gus: NoScriptPerson):
    await gus.follows("#clock")
    await gus.posts("clock", {"zone": "America/Argentina/Buenos_Aires"})
    await gus.enters(gus.answer.headers["location"])
    assert gus.path.endswith("~zone=America:Argentina:Buenos_Aires/")
    assert "Buenos Aires" in gus.page.one("#clock").text
    await gus.enters(f"{gus.path}?script=off")
    await gus.says("hi")
    assert "Buenos Aires" in gus.page.one(".note a").text
    assert not gus.page.all("script")
    await gus.enters(urljoin(gus.url, "./?script=on"))
    assert gus.page.all("script")


# --- moderators and bans ---


async def test_nobody_is_a_moderator_in_a_frame(room: Room):
    browser = room.browser()
    await signs_in(browser, await link(room, "mia"))
    mia = Person(browser)
    await mia.enters("/embed/lobby")
    await mia.says("hi")
    await mia.sees("hi")
    assert not (await mia.opens("hi")).all(".office")
    assert "/moderation" not in (await browser.gets(f"{mia.path}room")).text
    assert (await browser.gets("/moderation/bans")).status_code == 200
    assert (await browser.gets("/moderation/bans", **IN_A_FRAME)).status_code == 403
    removal = {"room": "lobby", "seq": "1"}
    answer = await mia.posts("/moderation/removals", removal, headers={"Sec-Fetch-Dest": "iframe"})
    assert answer.status_code == 403


async def test_bans_hold_in_a_frame(room: Room, eve: Person):
    mia = await Moderator.enter(room)
    await eve.says("buy")
    await mia.reloads()
    await mia.bans("buy", address="1")
    assert (await eve.browser.gets(eve.path)).status_code == 403
    answer = await eve.browser.goes_to("/embed/lobby")
    assert answer.status_code == 403
    assert ancestors(answer) == f"{HOST} {SECOND}"


@pytest.mark.settings(embed_origins=(HOST,), limits="on")
async def test_limits_hold_in_a_frame(eve: Person):
    for number in range(5):
        await eve.says(str(number))
    assert "second" in await eve.is_refused("six")
