"""Whatever a poll is answered, the window goes on asking."""

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.kit.browser import POLLS, Window
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor


def polls(page: Page) -> list[Request]:
    """The polls that a page makes from now on."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if POLLS.search(request.url) else None)
    return seen


def breaks_the_next_poll(window: Window, status: int) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=status, content_type="text/html", body="<title>broken</title>broken")

    window.page.route(POLLS, answer, times=1)


@pytest.mark.shows("status of (500|503|429|404)", "Response Status Error Code")
def test_an_error_in_answer_to_a_poll_changes_nothing(visitor: Visitor) -> None:
    windows = {status: visitor() for status in (500, 503, 429, 404, 204)}
    seen: list[int] = []
    for status, window in windows.items():
        window.types("half a mess")
        breaks_the_next_poll(window, status)
        window.page.on("response", lambda answer: seen.append(answer.status))
    bob = visitor()
    bob.says("hi")
    for window in windows.values():
        window.sees("hi")
    bob.says("one", "two")
    for status, window in windows.items():
        window.sees_only("hi", "one", "two")
        expect(window.poller).to_have_count(1)
        expect(window.page).not_to_have_title("broken")
        expect(window.page.get_by_text("broken")).to_have_count(0)
        expect(window.box).to_have_value("half a mess")
        assert status in seen


def test_ten_windows_of_one_browser_all_receive_and_all_can_post(visitor: Visitor) -> None:
    first, bob = visitor(), visitor()
    windows: list[Window] = [first, *(first.opens_another() for _ in range(9))]
    bob.says("to all")
    for window in windows:
        window.sees("to all")
    for number, window in enumerate(windows):
        window.says(f"from {number}")
    for window in windows:
        window.sees_only("to all", *(f"from {number}" for number in range(10)))


def test_a_duplicated_tab_shares_the_seat_and_the_two_do_not_chase_each_other(
    visitor: Visitor, server: Process, room: str
) -> None:
    server.fill(room, [f"line {number}" for number in range(1, 61)])
    ann, bob = visitor(), visitor()
    bob.says("the two ask for different addresses now")
    ann.sees("the two ask for different addresses now")
    again = Window(ann.page.context.new_page(), ann.address)
    again.enters()
    assert again.seat == ann.seat
    seen = polls(ann.page), polls(again.page)
    ann.page.wait_for_timeout(4_000)
    ann.until(lambda: all(seen))
    assert all(len(of_one) < 8 for of_one in seen), "each may poll every two seconds"
    bob.says("to both")
    for window in (ann, again):
        window.sees("to both")
    again.says("from the other")
    for window in (ann, again, bob):
        window.sees("to both", "from the other")
    expect(ann.message("from the other")).to_have_css("align-items", "flex-end")
