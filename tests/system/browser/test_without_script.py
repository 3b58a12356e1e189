"""The room without JavaScript, and where the script did not come."""

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.kit.browser import Window
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor

HTMX = "**/static/htmx*"


def frame(window: Window) -> Locator:
    """What the log shows that updates by itself."""
    return window.page.frame_locator("iframe").locator(".message .text")


def test_the_log_updates_by_itself_while_one_types(visitor: Visitor) -> None:
    ann, bob = visitor(script=False), visitor()
    bob.says("are you there?")
    expect(frame(ann)).to_have_text(["are you there?"])
    expect(frame(ann)).to_be_in_viewport(ratio=1)
    ann.types("yes, but")
    bob.says("hello?")
    expect(frame(ann)).to_have_text(["are you there?", "hello?"])
    expect(ann.box).to_have_value("yes, but")
    ann.types(" slow")
    ann.presses("Enter")
    bob.sees_only("are you there?", "hello?", "yes, but slow")
    expect(frame(ann)).to_have_text(["are you there?", "hello?", "yes, but slow"])
    expect(ann.box).to_have_value("")


def test_a_post_leads_back_to_the_room(visitor: Visitor) -> None:
    ann = visitor(script=False)
    ann.box.fill("hi")
    with ann.page.expect_response(lambda answer: answer.request.method == "POST") as posted:
        ann.page.get_by_role("button", name="Send").click()
    assert posted.value.status == 303
    expect(frame(ann)).to_have_text(["hi"])
    expect(ann.page).to_have_url(ann.address)
    assert posted.value.url.startswith(ann.address)
    expect(ann.page.locator("#scroll")).to_be_hidden()
    expect(ann.page.locator("#stale")).to_be_hidden()


def test_renaming(visitor: Visitor) -> None:
    ann, bob = visitor(script=False), visitor()
    bob.says("who is there?")
    ann.takes_nickname("Ann")
    expect(bob.page.locator(".line.rename .text")).to_contain_text("is now Ann")
    expect(ann.rename_box).to_be_hidden()


@pytest.mark.shows("status of 422")
def test_what_is_refused_is_kept(visitor: Visitor) -> None:
    ann = visitor(script=False)
    ann.tries_to_say("x" * 201)
    expect(ann.alert).to_contain_text("201 characters")
    expect(ann.box).to_have_value("x" * 201)
    ann.tries_nickname("eleven chars")
    expect(ann.rename_alert).to_contain_text("12 characters")
    expect(ann.rename_box).to_have_value("eleven chars")
    ann.takes_nickname("Ann")


@pytest.mark.shows("status of 403")
def test_the_way_back_from_a_refusal_can_be_scrolled_to_on_a_feature_phone(visitor: Visitor) -> None:
    ann = visitor(script=False)
    ann.page.set_viewport_size({"width": 240, "height": 320})
    ann.page.context.clear_cookies()
    ann.box.fill("hi")
    ann.presses("Enter")
    back = ann.page.get_by_role("link", name="Back to the room")
    expect(back).not_to_be_in_viewport()
    ann.page.mouse.move(120, 160)
    ann.page.mouse.wheel(0, 1000)
    expect(back).to_be_in_viewport(ratio=1)


def test_earlier_messages(visitor: Visitor, server: Process, room: str) -> None:
    server.fill(room, [f"line {number}" for number in range(1, 121)])
    ann = visitor(script=False)
    expect(frame(ann)).to_have_count(50)
    ann.page.frame_locator("iframe").get_by_role("link", name="Earlier messages").click()
    ann.sees_only(*[f"line {number}" for number in range(21, 71)])
    ann.page.get_by_role("link", name="Earlier messages").click()
    ann.sees_only(*[f"line {number}" for number in range(1, 21)])
    ann.page.get_by_role("link", name="newest messages").click()
    expect(frame(ann)).to_have_count(50)


def how_long_the_script_took(window: Window, milliseconds: int) -> None:
    """Let that much time pass for the line that tells that the page does not update."""
    window.page.evaluate(
        "time => document.getAnimations()"
        ".filter(it => it.effect.target.id == 'stale').forEach(it => { it.currentTime = time })",
        milliseconds,
    )


@pytest.mark.shows("ERR_FAILED")
def test_where_the_script_is_blocked_the_page_says_so_and_posting_works(visitor: Visitor) -> None:
    ann, bob = visitor(enters=False), visitor()
    ann.page.route(HTMX, lambda route: route.abort())
    ann.enters()
    stale = ann.page.get_by_text("Messages do not appear by themselves here")
    expect(stale).to_be_hidden()
    how_long_the_script_took(ann, 11_000)
    expect(stale).to_be_hidden()
    how_long_the_script_took(ann, 12_000)
    expect(stale).to_be_visible()
    bob.says("can you read this?")
    ann.page.get_by_role("link", name="Refresh").click()
    ann.sees_only("can you read this?")
    ann.tries_to_say("yes")
    ann.sees_only("can you read this?", "yes")
    expect(ann.box).to_have_value("")
    bob.sees("yes")


def test_where_the_script_is_slow_the_page_does_not_say_that_it_is_missing(visitor: Visitor) -> None:
    ann = visitor(enters=False)
    held: list[Route] = []
    ann.page.route(HTMX, lambda route: held.append(route))
    ann.page.goto(ann.entrance, wait_until="commit")
    stale = ann.page.locator("#stale")
    ann.until(lambda: held)
    expect(stale).to_be_attached()
    how_long_the_script_took(ann, 11_000)
    expect(stale).to_be_hidden()
    held[0].continue_()
    expect(stale).not_to_be_attached()
    ann.says("here I am")
    ann.sees_only("here I am")


@pytest.mark.shows("ERR_FAILED")
def test_where_the_script_is_blocked_one_tap_leads_to_the_log_that_comes_by_itself(visitor: Visitor) -> None:
    ann, bob = visitor(enters=False), visitor()
    ann.page.route(HTMX, lambda route: route.abort())
    ann.enters()
    how_long_the_script_took(ann, 12_000)
    ann.page.get_by_role("link", name="Make them appear").click()
    bob.says("can you read this?")
    expect(frame(ann)).to_have_text(["can you read this?"])
    ann.tries_to_say("yes")
    expect(frame(ann)).to_have_text(["can you read this?", "yes"])
    bob.says("good")
    expect(frame(ann)).to_have_text(["can you read this?", "yes", "good"])
    ann.page.unroute(HTMX)
    ann.page.frame_locator("iframe").get_by_role("link", name="Usual page").click()
    expect(ann.page.locator("#stale")).not_to_be_attached()
    bob.says("welcome back")
    ann.sees("welcome back")
