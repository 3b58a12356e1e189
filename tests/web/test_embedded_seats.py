"""A seat within another site, which needs no cookie."""

from urllib.parse import urljoin

import pytest

from tests.kit.doors import DOORS
from tests.kit.embedding import HOST, IN_A_FRAME, SECOND, ancestors, framed
from tests.kit.moderators import Moderator, link, signs_in
from tests.kit.people import NoScriptPerson, Person, Room

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.settings(embed_origins=(HOST, SECOND))


@pytest.fixture
async def eve(room: Room) -> Person:
    return await framed(Person, room.browser())


@pytest.fixture
async def gus(room: Room) -> NoScriptPerson:
    return await framed(NoScriptPerson, room.browser())


# --- what one does there ---


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


# --- what the site around it chooses ---


def theme_of(person: Person) -> str:
    """The colours that the page asks for."""
    return next(meta["content"] for meta in person.page.all("meta") if meta.get("name") == "color-scheme")


async def test_the_site_around_chooses_language_and_theme(room: Room):
    eve = await framed(Person, room.browser(), "?language=zh&theme=dark")
    await eve.says("hi")
    await eve.reloads()
    assert (eve.page.one("html")["lang"], theme_of(eve)) == ("zh-Hans", "dark")
    assert "匿名用户" in (await eve.browser.gets(f"{eve.path}people")).text
    await eve.posts("forget")
    assert eve.answer.headers["location"] == "/embed/lobby?language=zh&theme=dark"


@pytest.mark.parametrize("query", ["?language=xx&theme=pink", "?theme=auto", "?language=en/../x&theme=%22%3E", "?a=b"])
async def test_what_it_cannot_choose_the_visitor_s_browser_decides(room: Room, query: str):
    eve = await framed(Person, room.browser(), query)
    assert eve.page.one("html")["lang"] == "en"
    assert theme_of(eve) == "light dark"


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


# --- moderators, bans, limits ---


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


@pytest.mark.settings(embed_origins=(HOST,), reports_hide=2)
async def test_one_reader_is_not_several_witnesses(room: Room, ann: Person):
    await ann.says("hi")
    for address, hidden in (("192.0.2.77", False), ("192.0.2.77", False), ("192.0.2.78", True)):
        eve = await framed(Person, room.browser(address=address))
        assert (await eve.posts("messages/1/report", {"reason": "spam"})).status_code == 303
        await eve.reloads()
        assert eve.page.has(".veil") == hidden
