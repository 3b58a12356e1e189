"""What is typed and not sent comes back, and enters no list of suggestions."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.kit.browser import Window, launch_with_profile
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor

NOTED_WITHIN = 2_000
"""Milliseconds: Chromium notes what is in a form a second after it has changed, and tells nobody when it has."""


@pytest.fixture
def chromium(whole_chromium: Browser) -> Browser:
    return whole_chromium


@pytest.mark.parametrize("script", [True, False])
def test_a_draft_survives_the_way_to_another_page_and_back(visitor: Visitor, script: bool) -> None:
    ann = visitor(script=script)
    ann.types("half a mess")
    ann.page.wait_for_timeout(NOTED_WITHIN)
    ann.goes_to("about:blank")
    ann.page.go_back(wait_until="commit")
    expect(ann.box).to_have_value("half a mess")
    ann.types("age")
    ann.presses("Enter")
    ann.sees_only("half a message") if script else expect(ann.box).to_have_value("")


def test_a_draft_survives_a_change_of_language_and_of_the_hour(visitor: Visitor) -> None:
    ann = visitor()
    ann.types("half a mess")
    ann.page.get_by_role("button", name="中文").click()
    expect(ann.page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(ann.box).to_have_value("half a mess")
    ann.page.locator("#clock").click()
    ann.page.locator("#sheet button[name=zone]").first.click()
    expect(ann.page.locator("#sheet dialog")).to_have_count(0)
    expect(ann.box).to_have_value("half a mess")


def test_what_was_sent_does_not_come_back(visitor: Visitor) -> None:
    ann = visitor()
    ann.says("all of it")
    ann.goes_to("about:blank")
    ann.page.go_back()
    ann.sees_only("all of it")
    expect(ann.box).to_have_value("")


@pytest.mark.parametrize("script", [True, False])
def test_what_is_said_enters_no_list_of_suggestions(
    playwright: Playwright, server: Process, room: str, tmp_path: Path, script: bool
) -> None:
    """A field without any rule of ours shows that this browser keeps such a list."""
    with launch_with_profile(playwright, tmp_path, java_script_enabled=script) as context:
        ann = Window(context.new_page(), f"{server.url}/r/{room}/", script=script)
        ann.enters()
        ann.says("between us")
        ann.page.route("**/plain", lambda route: route.fulfill(body=PLAIN, content_type="text/html"))
        ann.goes_to(f"{server.url}/plain")
        ann.types("for everybody")
        ann.presses("Enter")
        ann.page.wait_for_url("**/plain?*")
    assert suggestions(tmp_path) == ["for everybody"]


PLAIN = '<form><label>Message <input name="text"></label></form>'


def suggestions(profile: Path) -> list[str]:
    """What Chromium would offer in text boxes."""
    copy = shutil.copy(profile / "Default" / "Web Data", profile / "copy")
    with sqlite3.connect(copy) as database:
        return [value for (value,) in database.execute("SELECT value FROM autofill")]
