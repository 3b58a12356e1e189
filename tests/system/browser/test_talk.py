"""Two windows talk."""

import pytest
from playwright.sync_api import Route, expect

from tests.kit.browser import POSTS
from tests.system.browser.conftest import Visitor


def test_what_one_says_appears_in_the_other_window_by_itself(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor("zh-CN")
    for window in (ann, bob):
        window.page.evaluate("window.sinceItWasLoaded = true")
    ann.says("hi")
    bob.sees("hi")
    bob.says("你好")
    ann.sees("你好")
    ann.sees_only("hi", "你好")
    bob.sees_only("hi", "你好")
    for window in (ann, bob):
        assert window.page.evaluate("window.sinceItWasLoaded"), "the page was loaded anew"


def test_two_windows_of_one_browser_are_two_people(visitor: Visitor) -> None:
    ann = visitor()
    bob = ann.opens_another()
    ann.says("hi")
    bob.sees("hi")
    expect(ann.message("hi")).to_have_css("align-items", "flex-end")
    expect(bob.message("hi")).to_have_css("align-items", "flex-start")


def test_after_sending_the_box_is_empty_and_has_the_focus(visitor: Visitor) -> None:
    ann = visitor()
    ann.says("by Enter")
    expect(ann.box).to_be_focused()
    ann.types("by thumb")
    ann.page.locator("#send").click()
    expect(ann.box).to_have_value("")
    expect(ann.box).to_be_focused()
    ann.sees_only("by Enter", "by thumb")


def test_the_box_does_not_take_the_focus_when_the_page_is_loaded(visitor: Visitor) -> None:
    ann = visitor()
    expect(ann.box).to_be_visible()
    expect(ann.box).not_to_be_focused()
    assert ann.page.evaluate("document.activeElement.localName") == "body"


@pytest.mark.parametrize("twice", ["click", "Enter"])
def test_sending_twice_at_once_sends_once(visitor: Visitor, twice: str) -> None:
    ann, bob = visitor(), visitor()
    held: list[Route] = []
    ann.page.route(POSTS, lambda route: held.append(route))
    ann.types("once")
    for _ in range(2):
        ann.page.locator("#send").click() if twice == "click" else ann.presses("Enter")
    ann.until(lambda: held)
    held[0].continue_()
    expect(ann.box).to_have_value("")
    bob.says("later")
    ann.sees_only("once", "later")
    assert len(held) == 1


def test_enter_that_confirms_a_candidate_does_not_send(visitor: Visitor) -> None:
    ann = visitor("zh-CN")
    input_method = ann.page.context.new_cdp_session(ann.page)
    ann.box.focus()
    for spelled in ("n", "ni", "ni h", "ni hao"):
        input_method.send(
            "Input.imeSetComposition",
            {"text": spelled, "selectionStart": len(spelled), "selectionEnd": len(spelled)},
        )
    enter = {"windowsVirtualKeyCode": 229, "key": "Process", "code": "Enter"}
    input_method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    input_method.send("Input.insertText", {"text": "你好"})
    input_method.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter, "key": "Enter"})
    expect(ann.box).to_have_value("你好")
    expect(ann.messages).to_have_count(0)
    ann.presses("Enter")
    ann.sees_only("你好")


def test_reloading_keeps_the_person(visitor: Visitor) -> None:
    ann = visitor()
    ann.takes_nickname("Ann")
    ann.says("hi")
    ann.sees("hi")
    ann.reloads()
    expect(ann.nickname).to_have_text("Ann")
    expect(ann.message("hi")).to_have_css("align-items", "flex-end")
    ann.says("still me")
    expect(ann.message("still me").locator(".nickname")).to_have_text("Ann")


def test_a_friend_with_the_address_gets_a_seat_of_their_own(visitor: Visitor) -> None:
    ann = visitor()
    ann.says("look here")
    bob = visitor(enters=False)
    bob.goes_to(ann.address)
    bob.sees("look here")
    assert bob.address != ann.address
    assert bob.address.split("/")[:-2] == ann.address.split("/")[:-2]
    bob.says("nice")
    ann.sees("nice")
    expect(ann.message("nice")).to_have_css("align-items", "flex-start")
