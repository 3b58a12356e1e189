"""A nickname is changed where it stands."""

import pytest
from playwright.sync_api import expect

from tests.system.browser.conftest import Visitor


def test_renaming_keeps_the_half_written_message(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.says("as nobody")
    bob.sees("as nobody")
    ann.types("half a mess")
    ann.page.evaluate("window.sinceItWasLoaded = true")
    ann.takes_nickname("Ann")
    expect(ann.box).to_have_value("half a mess")
    expect(bob.page.locator(".line.rename .text")).to_contain_text("is now Ann")
    ann.types("age")
    ann.presses("Enter")
    expect(ann.box).to_have_value("")
    bob.sees_only("as nobody", "half a message")
    expect(bob.message("half a message").locator(".nickname")).to_have_text("Ann")
    expect(bob.message("as nobody").locator(".nickname")).to_have_text("Anonymous")
    assert ann.page.evaluate("window.sinceItWasLoaded"), "the page was loaded anew"


def test_the_rename_form_is_closed_until_asked_for_and_closes_again(visitor: Visitor) -> None:
    ann = visitor()
    expect(ann.rename_box).to_be_hidden()
    ann.takes_nickname("Ann")
    expect(ann.rename_box).to_be_hidden()
    expect(ann.page.locator("summary")).to_be_focused()


@pytest.mark.shows("status of 422")
def test_a_refused_nickname_stays_in_its_box_with_the_focus(visitor: Visitor) -> None:
    ann = visitor()
    ann.types("half a mess")
    for bad, why in (("Moderator", "could pass for"), ("eleven chars", "12 characters"), (" ", "at least one")):
        ann.tries_nickname(bad)
        expect(ann.rename_alert).to_contain_text(why)
        expect(ann.rename_alert).to_be_visible()
        expect(ann.rename_box).to_have_value(bad)
        expect(ann.rename_box).to_be_focused()
    expect(ann.nickname).to_have_text("Anonymous")
    expect(ann.box).to_have_value("half a mess")
    ann.takes_nickname("Ann")
    expect(ann.rename_alert).to_be_hidden()
