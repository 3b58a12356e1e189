"""The sheet of a message on a phone: opened by its time, closed by its button, a reply from it."""

import pytest
from playwright.sync_api import expect

from tests.system.browser.conftest import Visitor


def test_the_sheet_opens_over_the_page_and_closes_and_nothing_else_moves(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    bob.says("shall we?")
    ann.types("half a mess")
    ann.message("shall we?").locator(".door").click()
    sheet = ann.page.locator("#sheet dialog")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()
    address = ann.address
    for number in range(3):
        bob.says(f"more {number}")
    ann.sees("more 2")
    expect(sheet).to_be_visible()
    ann.page.get_by_role("button", name="Close").click()
    expect(sheet).to_be_hidden()
    expect(ann.box).to_have_value("half a mess")
    assert ann.address == address
    ann.presses("Tab")
    expect(ann.box).to_be_focused()


def test_a_reply_by_thumb(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    bob.says("shall we?")
    ann.types("ye")
    ann.message("shall we?").locator(".door").click()
    ann.page.get_by_role("link", name="Reply").click()
    expect(ann.page.locator("#sheet dialog")).to_have_count(0)
    expect(ann.page.locator(".replying")).to_contain_text("shall we?")
    expect(ann.box).to_be_focused()
    expect(ann.box).to_have_value("ye")
    ann.page.get_by_role("link", name="Do not reply").click()
    expect(ann.page.locator(".replying")).to_have_count(0)
    ann.message("shall we?").locator(".door").click()
    ann.page.get_by_role("link", name="Reply").click()
    ann.types("s")
    ann.presses("Enter")
    quote = bob.message("yes").locator(".quote")
    expect(quote).to_contain_text("shall we?")
    expect(ann.page.locator(".replying")).to_have_count(0)
    quote.click()
    bob.until(lambda: bob.page.url.endswith("#m1"))
    expect(bob.message("shall we?")).to_be_in_viewport()


def test_a_message_taken_back_is_gone_from_every_window_and_every_quote(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.says("oops")
    bob.sees("oops")
    bob.message("oops").locator(".door").click()
    bob.page.get_by_role("link", name="Reply").click()
    expect(bob.page.locator(".replying")).to_be_visible()
    bob.says("what?")
    ann.message("oops").locator(".door").click()
    ann.page.get_by_text("Take back", exact=True).click()
    ann.page.get_by_role("button", name="Take it back").click()
    for window in ann, bob:
        expect(window.page.locator(".erased")).to_have_count(1)
        expect(window.page.locator(".quote")).to_have_text("This message was removed")


@pytest.mark.parametrize("script", [True, False])
def test_the_door_is_named(visitor: Visitor, script: bool) -> None:
    ann = visitor(script=script)
    ann.says("hello")
    where = ann.page if script else ann.page.frame_locator("iframe")
    door = where.locator(".door")
    assert "options" in (door.text_content() or "")
    door.click()
    expect(ann.page.get_by_role("link", name="Reply")).to_be_visible()
