"""Light or dark, as it is seen."""

import pytest
from playwright.sync_api import Locator, expect

from tests.kit.browser import Window
from tests.system.browser.conftest import Visitor

PAPER = {"light": "rgb(247, 244, 237)", "dark": "rgb(24, 22, 19)"}


def chooses(window: Window, name: str) -> None:
    window.page.locator("h1 a").click()
    window.page.get_by_role("button", name=name).click()


def has_paper(body: Locator, look: str) -> None:
    expect(body).to_have_css("background-color", PAPER[look])


@pytest.mark.parametrize("script", [True, False])
def test_whoever_chooses_dark_sees_dark_whatever_the_system_says(visitor: Visitor, script: bool) -> None:
    ann = visitor(script=script)
    body = ann.page.locator("body")
    for system in ("light", "dark"):
        ann.page.emulate_media(color_scheme=system)
        has_paper(body, system)
    for name, look in (("Light", "light"), ("Dark", "dark")):
        chooses(ann, name)
        expect(ann.page.locator("#sheet dialog")).to_have_count(0)
        for system in ("light", "dark"):
            ann.page.emulate_media(color_scheme=system)  # type: ignore[arg-type]
            has_paper(body, look)
            if not script:
                has_paper(ann.page.frame_locator("iframe").locator("body"), look)
    chooses(ann, "Automatic")
    ann.page.emulate_media(color_scheme="light")
    has_paper(body, "light")


def test_what_is_typed_survives_the_choice(visitor: Visitor) -> None:
    ann = visitor()
    ann.types("half a mess")
    chooses(ann, "Dark")
    has_paper(ann.page.locator("body"), "dark")
    expect(ann.box).to_have_value("half a mess")


def test_paper_stays_white_under_the_printer(visitor: Visitor) -> None:
    ann = visitor()
    chooses(ann, "Dark")
    has_paper(ann.page.locator("body"), "dark")
    ann.page.emulate_media(media="print")
    expect(ann.page.locator("body")).to_have_css("color", "rgb(35, 32, 27)")
