"""Whatever a poll is answered, the window goes on asking."""

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.conftest import Visitor
from tests.browser.people import POLLS, Window


def polls(page: Page) -> list[Request]:
    """The polls that a page makes from now on."""
    seen: list[Request] = []
    page.on("request", lambda request: seen.append(request) if POLLS.search(request.url) else None)
    return seen


@pytest.mark.shows("status of (500|503|429|404)", "Response Status Error Code")
def test_an_error_in_answer_to_a_poll_changes_nothing(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    statuses = [500, 503, 429, 404, 204]
    answered: list[int] = []

    def answer(route: Route) -> None:
        if len(answered) == len(statuses):
            return route.continue_()
        answered.append(statuses[len(answered)])
        route.fulfill(status=answered[-1], content_type="text/html", body="<title>broken</title>broken")

    ann.types("half a mess")
    ann.page.route(POLLS, answer)
    bob.says("hi")
    ann.sees("hi")
    for text in ("one", "two"):
        bob.says(text)
    ann.sees_only("hi", "one", "two")
    assert answered == statuses
    expect(ann.poller).to_have_count(1)
    expect(ann.page).not_to_have_title("broken")
    expect(ann.page.get_by_text("broken")).to_have_count(0)
    expect(ann.box).to_have_value("half a mess")


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


def test_a_duplicated_tab_shares_the_seat_and_the_two_do_not_chase_each_other(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    again = Window(ann.page.context.new_page(), ann.address)
    again.enters()
    assert again.seat == ann.seat
    seen = polls(ann.page), polls(again.page)
    ann.page.wait_for_timeout(4_000)
    assert all(len(of_one) <= 3 for of_one in seen), "each may poll every two seconds"
    bob.says("to both")
    for window in (ann, again):
        window.sees("to both")
    again.says("from the other")
    for window in (ann, again, bob):
        window.sees_only("to both", "from the other")
    expect(ann.message("from the other")).to_have_css("align-items", "flex-end")
