"""A moderator on a phone: signing in, acting where a message stands, and the pages of /moderation."""

import re

import pytest
from playwright.sync_api import expect

from tests.kit.browser import Window
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor
from tests.system.browser.test_accessibility import violations

PAGES = (
    *("messages", "reports", "held", "bans", "rooms", "rooms/{room}", "words", "moderators", "log"),
    "messages/{room}/1",
)


def becomes_moderator(window: Window, server: Process, name: str) -> None:
    """Follow a new link, press its button, and go back to the room."""
    entered = window.address
    said = server.runs("moderator", "add", name)
    window.goes_to(server.url + re.findall(r"/moderation/link/[\w-]+", said)[0])
    window.page.locator("main form button").first.click()
    window.page.wait_for_url("**/moderation/**")
    window.goes_to(entered)


@pytest.fixture
def server(own_server: Process) -> Process:
    return own_server


@pytest.mark.shows(r"422", r"403")
def test_mia_mutes_where_the_message_stands(visitor: Visitor, server: Process) -> None:
    troll, mia = visitor(), visitor()
    becomes_moderator(mia, server, "mia")
    troll.says("buy this")
    mia.types("half a mess")
    mia.message("buy this").locator(".door").click()
    mia.page.get_by_text("Mute or ban").click()
    mia.page.get_by_label("Reason").fill("no advertising")
    mia.page.get_by_role("button", name="Do it").click()
    sheet = mia.page.locator("#sheet dialog")
    expect(sheet).to_contain_text("They may not write any more.")
    troll.tries_to_say("buy that")
    expect(troll.alert).to_contain_text("no advertising")
    expect(troll.box).to_have_value("buy that")
    sheet.get_by_role("button", name="Lift the ban").click()
    expect(mia.page.locator("#sheet dialog")).to_contain_text("The ban is lifted.")
    expect(mia.box).to_have_value("half a mess")
    troll.says("sorry")
    mia.sees("sorry")


def test_a_message_waits_until_mia_lets_it_through(visitor: Visitor, server: Process) -> None:
    ann, mia = visitor(), visitor()
    becomes_moderator(mia, server, "mia")
    mia.goes_to(f"{server.url}/moderation/words")
    mia.page.get_by_label("Words, one a line").fill("casino\nlottery")
    mia.page.get_by_label("What becomes of a text").select_option("hold")
    mia.page.get_by_role("button", name="Add").click()
    expect(mia.page.locator("tbody tr")).to_have_count(2)
    ann.tries_to_say("a casino")
    expect(ann.page.locator("#waiting")).to_contain_text("Waiting for a moderator: a casino")
    expect(ann.box).to_have_value("")
    mia.goes_to(f"{server.url}/moderation/held")
    mia.page.get_by_role("button", name="Let it through").click()
    expect(mia.page.locator(".done")).to_contain_text("The message is said.")
    ann.sees("a casino")


def test_a_cleared_room_is_empty_in_every_window(visitor: Visitor, server: Process) -> None:
    ann, mia = visitor(), visitor()
    becomes_moderator(mia, server, "mia")
    ann.says("rude", "ruder")
    mia.page.locator("h1 a, h1").first.click()
    mia.page.get_by_text("Clear the room").click()
    mia.page.get_by_role("button", name="Erase everything").click()
    expect(mia.page.locator("#sheet dialog")).to_contain_text("The room is empty.")
    for window in (ann, mia):
        expect(window.page.locator(".message .text:not(.erased)")).to_have_count(0)
        expect(window.page.locator("#log")).to_contain_text("A moderator has cleared the room.")
    ann.says("a new start")
    mia.sees("a new start")


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_its_pages_fit_a_phone_and_axe_finds_nothing(
    visitor: Visitor, server: Process, room: str, language: str
) -> None:
    mia = visitor(language)
    becomes_moderator(mia, server, "mia")
    mia.says("a message " + "https://example.org/" + "x" * 120)
    for page in PAGES:
        mia.goes_to(f"{server.url}/moderation/{page.format(room=room)}")
        assert violations(mia.page) == [], page
        wider = mia.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, page
