"""Who is forgotten goes from other people's open windows, with a script and without."""

import pytest
from playwright.sync_api import expect

from tests.system.browser.conftest import Visitor

GONE = "This message was removed"


@pytest.mark.shows("403")  # her last poll, before the page is another's
def test_a_person_is_forgotten_in_another_open_window(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.says("my secret", "another")
    bob.says("hello")
    bob.sees_only("my secret", "another", "hello")
    ann.page.locator("#me summary").click()
    ann.page.get_by_role("link", name="What is stored of you").click()
    sheet = ann.page.locator("dialog.sheet")
    expect(sheet).to_contain_text("my secret")
    sheet.get_by_text("Forget me").click()
    sheet.get_by_role("button", name="Erase everything").click()
    bob.sees_only(GONE, GONE, "hello")
    expect(bob.page.locator(".message .who").first).to_have_text("Forgotten")
    ann.sees_only(GONE, GONE, "hello")
    ann.says("I am somebody new")
    bob.sees_only(GONE, GONE, "hello", "I am somebody new")
    bob.page.reload()
    bob.sees_only(GONE, GONE, "hello", "I am somebody new")


def test_without_a_script_the_page_does_the_same(visitor: Visitor) -> None:
    ann, bob = visitor(script=False), visitor()
    bob.says("hello")
    ann.page.locator("#me summary").click()
    ann.page.get_by_role("link", name="What is stored of you").click()
    expect(ann.page.locator("h1")).to_have_text("What is stored of you")
    ann.page.get_by_role("link", name="Back to the room").click()
    ann.page.get_by_label("Message", exact=True).fill("my secret")
    ann.page.get_by_role("button", name="Send").click()
    bob.sees_only("hello", "my secret")
    ann.page.locator("#me summary").click()
    ann.page.get_by_role("link", name="What is stored of you").click()
    ann.page.get_by_text("Forget me").click()
    ann.page.get_by_role("button", name="Erase everything").click()
    bob.sees_only("hello", GONE)
