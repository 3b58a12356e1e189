"""Light or dark: by the system, or as the visitor chooses."""

import pytest

from tests.kit.moderators import Moderator
from tests.kit.page import Page
from tests.kit.people import Person, Room, Window


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def looks(page: Page) -> tuple[str, list[str]]:
    """Which schemes a page says it has, and where its dark style holds."""
    styles = [style for style in page.all("style") if "--desk:#100f0d" in style.text]
    return page.one('meta[name="color-scheme"]')["content"], [style["media"] for style in styles]


AUTO = ("light dark", ["(prefers-color-scheme: dark)"])
LOOKS = {"auto": AUTO, "light": ("light", []), "dark": ("dark", ["screen"])}


async def chooses(window: Window, theme: str) -> None:
    """Press the theme's button in the room's sheet."""
    form = Page((await window.browser.gets(f"{window.path}room")).text).one('form[action="/theme"]')
    button = form.one(f'button[value="{theme}"]')
    back = form.one('input[name="back"]')["value"]
    answer = await window.posts("/theme", {"theme": button["value"], "back": back}, headers={"Referer": ""})
    assert answer.status_code == 303
    await window.enters(answer.headers["location"])


@pytest.mark.parametrize("script", [True, False])
async def test_the_look_is_chosen_in_the_rooms_sheet_and_stays_until_given_back(room: Room, script: bool):
    ann = await room.enter() if script else await room.enter_without_script()
    seat, path = ann.seat, ann.path
    assert looks(ann.page) == AUTO
    for theme in ("dark", "light", "auto"):
        await chooses(ann, theme)
        assert (looks(ann.page), ann.seat) == (LOOKS[theme], seat)
        sheet = Page((await ann.browser.gets(f"{path}room")).text)
        assert [button["value"] for button in sheet.all("button[aria-pressed]")] == [theme]


async def test_the_bar_of_the_browser_has_the_colour_of_the_choice(ann: Person):
    colours = {}
    for theme in LOOKS:
        await chooses(ann, theme)
        bars = ann.page.all('meta[name="theme-color"]')
        colours[theme] = [(bar["content"], bar.get("media")) for bar in bars]
    light, dark = ("#ffffff", "(prefers-color-scheme: light)"), ("#26231f", "(prefers-color-scheme: dark)")
    assert colours == {"auto": [light, dark], "light": [(light[0], "")], "dark": [(dark[0], "")]}


PAGES = "room people mine messages/1 messages?before=9 /rooms /clock /nowhere /moderation/ /r/lobby/-/live"


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_page_looks_as_chosen(room: Room, theme: str):
    ann = await room.enter()
    await ann.says("hi")
    await ann.posts("/theme", {"theme": theme})
    for page in PAGES.split():
        answer = await ann.browser.gets(page if page.startswith("/") else f"{ann.path}{page}")
        assert looks(Page(answer.text)) == LOOKS[theme], page


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_log_without_a_script_looks_as_chosen(room: Room, theme: str):
    ann = await room.enter_without_script()
    await chooses(ann, theme)
    async with ann.log() as stream:
        await stream.reads(f'<meta name="color-scheme" content="{theme}">')


async def test_the_desk_of_the_moderators_and_what_the_banned_read_look_as_chosen(room: Room):
    mia = await Moderator.enter(room, "mia")
    troll = await room.enter()
    await troll.says("buy")
    await mia.catches_up()
    for person in (mia, troll):
        await person.posts("/theme", {"theme": "dark"})
    for page in ("messages", "rooms/lobby", "log"):
        assert looks(Page((await mia.browser.gets(f"/moderation/{page}")).text)) == LOOKS["dark"]
    await mia.bans("buy", mode="ban", person="1")
    answer = await troll.browser.gets(troll.path)
    assert (answer.status_code, looks(Page(answer.text))) == (403, LOOKS["dark"])


async def test_with_htmx_the_page_is_drawn_anew_and_keeps_what_is_typed(ann: Person):
    answer = await ann.posts("/theme", {"theme": "dark", "text": "half a mess"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-refresh"]) == (200, "true")
    await ann.reloads()
    assert (looks(ann.page), ann.typed) == (LOOKS["dark"], "half a mess")


@pytest.mark.parametrize("fields", [{}, {"theme": ""}, {"theme": "blue"}, {"theme": "dark\r\nX: y"}, {"look": "dark"}])
async def test_a_look_that_there_is_not_is_refused(ann: Person, fields: dict[str, str]):
    answer = await ann.posts("/theme", fields)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_a_cookie_that_says_nothing_is_passed_over(room: Room):
    browser = room.browser()
    browser.http.cookies.set("theme", 'dark"><script>', path="/")
    assert looks((await room.enter(browser)).page) == AUTO
