"""The server is killed, restarted, or out of reach: nothing is lost, and everything goes on by itself."""

import re
from functools import partial

import pytest
from playwright.sync_api import Route, expect

from tests.kit.browser import POSTS, RENAMES
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor

pytestmark = pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")


@pytest.fixture
def server(own_server: Process) -> Process:
    return own_server


def test_the_server_is_killed_and_started_again_while_one_types(visitor: Visitor, server: Process, room: str) -> None:
    ann, bob = visitor(), visitor()
    bob.says("before")
    ann.sees("before")
    ann.types("half a mess")
    server.kill()
    expect(ann.reconnecting).to_be_visible()
    ann.types("age")
    ann.presses("Enter")
    expect(ann.unsent).to_be_visible()
    expect(ann.box).to_have_value("half a message")
    expect(ann.box).to_be_focused()
    server.start()
    expect(ann.reconnecting).to_be_hidden()
    expect(ann.unsent).to_be_visible()
    bob.says("after")
    ann.presses("Enter")
    expect(ann.box).to_have_value("")
    expect(ann.unsent).to_be_hidden()
    for window in (ann, bob):
        window.sees_only("before", "after", "half a message")
    assert server.said(room) == ["before", "after", "half a message"]


@pytest.mark.parametrize("swap", ["", "outerH"])
def test_an_answer_that_broke_off_among_its_headers_leaves_the_composer(visitor: Visitor, swap: str) -> None:
    """To a browser, over plain http, it is a whole answer without content."""
    ann = visitor()
    breaks_off = partial(Route.fulfill, headers={"HX-Reswap": swap} if swap else {}, body="")
    ann.page.route(POSTS, breaks_off, times=1)
    with ann.page.expect_response(POSTS):
        ann.tries_to_say("hello")
    expect(ann.page.locator("#say.htmx-request")).to_have_count(0)
    ann.presses("Enter")
    ann.sees_only("hello")
    expect(ann.box).to_have_value("")


def test_a_restart_is_not_noticed(visitor: Visitor, server: Process) -> None:
    ann, bob = visitor(), visitor("zh-CN", script=False)
    ann.types("half a mess")
    ann.page.evaluate("window.sinceItWasLoaded = true")
    answers: list[int] = []
    ann.page.on("response", lambda response: answers.append(response.status))
    server.stop()
    server.start()
    bob.reloads()
    bob.says("it works")
    ann.sees_only("it works")
    expect(ann.page.get_by_text("New since you were away")).to_have_count(0)
    ann.types("age")
    ann.presses("Enter")
    ann.sees_only("it works", "half a message")
    assert set(answers) == {200}
    assert ann.page.evaluate("window.sinceItWasLoaded"), "the page was loaded anew"


def test_the_log_without_script_goes_on_after_a_restart(visitor: Visitor, server: Process) -> None:
    ann, bob = visitor(script=False), visitor()
    frame = ann.page.frame_locator("iframe")
    expect(frame.get_by_role("log")).to_be_attached()
    ann.types("half a mess")
    with ann.page.expect_response(re.compile("/live$"), timeout=60_000):
        server.stop()
        server.start()
    bob.says("it works")
    expect(frame.get_by_text("it works")).to_be_visible()
    expect(ann.box).to_have_value("half a mess")


def test_a_lost_answer_does_not_double_the_message(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    ann.page.route(POSTS, lose, times=1)
    ann.tries_to_say("only once")
    expect(ann.unsent).to_be_visible()
    expect(ann.box).to_have_value("only once")
    expect(ann.box).to_be_focused()
    bob.sees("only once")
    ann.presses("Enter")
    expect(ann.box).to_have_value("")
    expect(ann.unsent).to_be_hidden()
    ann.says("next")
    for window in (ann, bob):
        window.sees_only("only once", "next")


@pytest.mark.shows("status of (500|502|403)", "Response Status Error Code")
@pytest.mark.parametrize("status", [500, 502, 403])
def test_a_post_that_something_on_the_way_refuses_can_be_sent_again(visitor: Visitor, status: int) -> None:
    ann = visitor()
    ann.page.route(POSTS, lambda route: route.fulfill(status=status, body="broken"), times=1)
    ann.tries_to_say("hi")
    expect(ann.unsent).to_be_visible()
    expect(ann.unsent).to_have_role("status")
    expect(ann.box).to_have_value("hi")
    expect(ann.box).to_be_focused()
    ann.presses("Enter")
    expect(ann.unsent).to_be_hidden()
    ann.sees_only("hi")


@pytest.mark.shows("status of 502", "Response Status Error Code")
def test_a_nickname_that_something_on_the_way_refuses_can_be_sent_again(visitor: Visitor) -> None:
    ann = visitor()
    ann.page.route(RENAMES, lambda route: route.fulfill(status=502, body="broken"), times=1)
    ann.tries_nickname("Ann")
    expect(ann.rename_unsent).to_be_visible()
    expect(ann.unsent).to_be_hidden()
    expect(ann.rename_box).to_have_value("Ann")
    expect(ann.rename_box).to_be_focused()
    ann.presses("Enter")
    expect(ann.nickname).to_have_text("Ann")
    ann.tries_nickname("Anna")
    expect(ann.nickname).to_have_text("Anna")


def test_what_is_said_meanwhile_arrives_once_and_in_order(visitor: Visitor) -> None:
    ann, bob = visitor("zh-CN"), visitor()
    bob.says("before")
    ann.sees("before")
    ann.page.context.set_offline(True)
    bob.says("one", "two", "three")
    ann.tries_to_say("from the tunnel")
    expect(ann.unsent).to_be_visible()
    expect(ann.reconnecting).to_be_visible()
    ann.page.context.set_offline(False)
    ann.sees_only("before", "one", "two", "three")
    expect(ann.reconnecting).to_be_hidden()
    expect(ann.box).to_have_value("from the tunnel")
    ann.presses("Enter")
    for window in (ann, bob):
        window.sees_only("before", "one", "two", "three", "from the tunnel")
