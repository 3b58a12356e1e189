"""The room within another site: who may show it, and the secret that never leaves it."""

from urllib.parse import urljoin

import httpx
import pytest

from chat.app import Chat
from tests.kit.embedding import HOST, IN_A_FRAME, SECOND, ancestors, framed
from tests.kit.moderators import Moderator
from tests.kit.page import Page
from tests.kit.people import NoScriptPerson, Person, Room

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.settings(embed_origins=(HOST, SECOND))


@pytest.fixture
async def eve(room: Room) -> Person:
    return await framed(Person, room.browser())


@pytest.fixture
async def gus(room: Room) -> NoScriptPerson:
    return await framed(NoScriptPerson, room.browser())


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
