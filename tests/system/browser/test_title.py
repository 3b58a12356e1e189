"""The title says how many messages are unread, to who looks elsewhere."""

import re

from playwright.sync_api import expect

from tests.kit.browser import Window
from tests.system.browser.conftest import Visitor

PLAIN = re.compile(r"^[\w-]+ · Chatroom$")


def looks(window: Window, where: str) -> None:
    """A headless window never loses the focus by itself; the title's request tells when the page has taken it."""
    with window.page.expect_response(re.compile("/title")):
        window.page.evaluate(f"window.dispatchEvent(new Event('{'blur' if where == 'away' else 'focus'}'))")


def test_the_title_counts_what_came_while_the_visitor_looks_elsewhere(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    bob.says("before")
    ann.sees("before")
    expect(ann.page).to_have_title(PLAIN)
    looks(ann, "away")
    bob.says("one")
    expect(ann.page).to_have_title(re.compile(r"^\(1\) "))
    bob.says("two")
    expect(ann.page).to_have_title(re.compile(r"^\(2\) "))
    ann.sees_only("before", "one", "two")
    looks(ann, "here")
    expect(ann.page).to_have_title(PLAIN)


def test_the_title_of_who_is_back_stays_plain(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    looks(ann, "away")
    bob.says("one")
    expect(ann.page).to_have_title(re.compile(r"^\(1\) "))
    looks(ann, "here")
    bob.says("two")
    ann.sees("two")
    expect(ann.page.locator("[name=told]")).to_have_count(0)
    expect(ann.page).to_have_title(PLAIN)
