"""What is refused stays in the box, with the focus, and a line by the box says why."""

import pytest
from playwright.sync_api import expect

from tests.kit.browser import Window
from tests.system.browser.conftest import Visitor

pytestmark = pytest.mark.shows("status of 422")


def is_refused(window: Window, text: str, why: str) -> None:
    expect(window.alert).to_contain_text(why)
    expect(window.alert).to_be_visible()
    expect(window.alert).to_have_role("alert")
    expect(window.box).to_have_value(text)
    expect(window.box).to_be_focused()


@pytest.mark.parametrize(
    "language, too_long, empty",
    [("en-US", "201 characters", "Write something"), ("zh-CN", "201", "先写点什么")],
)
def test_too_long_and_empty(visitor: Visitor, language: str, too_long: str, empty: str) -> None:
    ann = visitor(language)
    text = "长" * 201
    ann.page.evaluate("window.sinceItWasLoaded = true")
    ann.tries_to_say(text)
    is_refused(ann, text, too_long)
    ann.tries_to_say(" ")
    is_refused(ann, " ", empty)
    expect(ann.messages).to_have_count(0)
    ann.says("short")
    ann.sees_only("short")
    expect(ann.alert).to_be_hidden()
    assert ann.page.evaluate("window.sinceItWasLoaded"), "the page was loaded anew"


def test_the_box_takes_all_that_the_server_would(visitor: Visitor) -> None:
    ann = visitor()
    ann.says("😀" * 200)
    ann.sees_only("😀" * 200)


def test_too_fast(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.says("1", "2", "3", "4", "5")
    with ann.page.expect_response(lambda answer: answer.status == 422) as refusal:
        ann.tries_to_say("6")
    assert "Try again in" in refusal.value.text()  # on a slow machine it is gone before it is looked for
    expect(ann.box).to_have_value("6")
    expect(ann.box).to_be_focused()
    ann.sees_only("1", "2", "3", "4", "5")
    bob.sees_only("1", "2", "3", "4", "5")


def has_said_much(window: Window) -> None:
    """The next message comes too fast."""
    number = 0
    while window.page.request.post(f"{window.address}messages", form={"text": str(number)}).status != 429:
        number += 1


def test_a_line_that_names_seconds_goes_when_they_are_over(visitor: Visitor) -> None:
    ann = visitor()
    has_said_much(ann)
    ann.tries_to_say("6")
    is_refused(ann, "6", "Try again in")
    expect(ann.alert).to_be_hidden()
    expect(ann.box).to_have_accessible_description("")
    expect(ann.box).to_have_value("6")
    expect(ann.box).to_be_focused()
    ann.presses("Enter")
    ann.sees("6")


@pytest.mark.shows("status of 429")
def test_it_goes_without_a_script_too(visitor: Visitor) -> None:
    ann = visitor(script=False)
    has_said_much(ann)
    ann.tries_to_say("6")
    expect(ann.alert).to_contain_text("Try again in")
    expect(ann.alert.locator("span")).to_be_visible()
    expect(ann.box).not_to_have_attribute("aria-invalid", "true")
    expect(ann.alert.locator("span")).to_be_hidden()
    expect(ann.box).to_have_accessible_description("")


@pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")
def test_one_line_stands_at_a_time(visitor: Visitor) -> None:
    ann = visitor()
    expect(ann.unsent).not_to_be_empty()
    ann.tries_to_say("x" * 201)
    is_refused(ann, "x" * 201, "201 characters")
    expect(ann.unsent).to_be_hidden()
    ann.page.context.set_offline(True)
    ann.tries_to_say("short")
    expect(ann.unsent).to_be_visible()
    expect(ann.alert).to_be_hidden()
    ann.page.context.set_offline(False)
    ann.tries_to_say("x" * 201)
    is_refused(ann, "x" * 201, "201 characters")
    expect(ann.unsent).to_be_hidden()
