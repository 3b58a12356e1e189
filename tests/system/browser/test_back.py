"""Coming back to the page by the Back button."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import APIResponse, Browser, Route, expect

from tests.kit.browser import Window
from tests.system.browser.conftest import Visitor


@pytest.fixture
def chromium(whole_chromium: Browser) -> Browser:
    return whole_chromium


def leaves_and_comes_back(window: Window) -> None:
    window.goes_to("about:blank")
    window.page.go_back(wait_until="commit")


def test_the_page_is_loaded_anew_and_complete(visitor: Visitor) -> None:
    ann, bob = visitor(), visitor()
    ann.says("before")
    ann.goes_to("about:blank")
    bob.says("meanwhile")
    ann.page.go_back(wait_until="commit")
    ann.sees_only("before", "meanwhile")
    ann.says("back again")
    for window in (ann, bob):
        window.sees_only("before", "meanwhile", "back again")


@pytest.fixture
def keeper(visitor: Visitor) -> Iterator[Window]:
    """A window of a browser that keeps pages it has left as they were, although they may not be stored."""

    def let_it_be_kept(route: Route) -> None:
        answer = route.fetch(max_redirects=0)
        kept = {name: value for name, value in answer.headers.items() if name != "cache-control"}
        route.fulfill(response=answer, headers=kept)

    window = visitor(enters=False)
    window.page.add_init_script("addEventListener('pageshow', e => { window.wasKept = e.persisted })")
    window.page.route("**/r/**", let_it_be_kept)
    window.enters()
    yield window
    window.page.unroute_all(behavior="ignoreErrors")


def test_a_page_that_the_browser_kept_goes_on_where_it_was(keeper: Window, visitor: Visitor) -> None:
    """Chromium keeps no page whose cookies have changed, as a post's answer does."""
    bob = visitor()
    bob.says("before")
    keeper.sees("before")
    keeper.goes_to("about:blank")
    bob.says("meanwhile")
    keeper.page.go_back(wait_until="commit")
    assert keeper.page.evaluate("window.wasKept")
    keeper.sees_only("before", "meanwhile")
    keeper.says("back again")
    for window in (keeper, bob):
        window.sees_only("before", "meanwhile", "back again")


@pytest.mark.parametrize("script", [True, False])
def test_an_old_copy_of_the_page_does_not_swallow_the_next_message(visitor: Visitor, script: bool) -> None:
    ann, bob = visitor(script=script), visitor()
    copies: list[APIResponse] = []

    def from_the_cache(route: Route) -> None:
        if not copies:
            copies.append(route.fetch())
        route.fulfill(response=copies[0])

    ann.page.route(f"{ann.address}?copy", from_the_cache)
    ann.goes_to(f"{ann.address}?copy")
    key = ann.page.locator("[name=key]").first
    used = key.get_attribute("value")
    ann.says("first")
    bob.sees("first")
    leaves_and_comes_back(ann) if script else ann.page.go_back(wait_until="commit")
    expect(key).to_have_value(used or "")
    for text in ("second", "third"):
        ann.says(text)
        bob.sees(text)
    bob.sees_only("first", "second", "third")
    if script:
        ann.sees_only("first", "second", "third")
