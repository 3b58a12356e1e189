"""Everybody can use the room: axe finds nothing in any state, and what assistive technology is told is right."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.kit.browser import Window
from tests.kit.conversation import AWKWARD, LONG_NAMES, TALK, fill
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor

LANGUAGES = ["zh-CN", "en-US"]
TOO_LONG = "太长了 too long " * 20
axe = Axe()


class Visit:
    """Somebody comes to the room, in one language."""

    def __init__(self, visitor: Visitor, server: Process, room: str, language: str) -> None:
        self.visitor = visitor
        self.server = server
        self.room = room
        self.language = language

    def opens(self, **how: bool) -> Window:
        return self.visitor(self.language, **how)

    def opens_busy(self, **how: bool) -> Window:
        ann = self.opens(enters=False)
        ann.page.request.get(ann.entrance, max_redirects=0)  # the page itself would keep the empty room in memory
        fill(self.server.database, self.room, TALK, "the-day-before--")
        return self.opens(**how)


def empty(visit: Visit) -> Window:
    ann = visit.opens()
    expect(ann.page.locator(".invite")).to_be_visible()
    return ann


def busy(visit: Visit) -> Window:
    ann = visit.opens_busy()
    ann.says("我也在 me too", "https://example.org/?a=b")
    ann.sees("我也在 me too")
    return ann


def refusal(visit: Visit) -> Window:
    ann = visit.opens()
    ann.tries_to_say(TOO_LONG)
    expect(ann.alert).not_to_be_empty()
    return ann


def rename_open(visit: Visit) -> Window:
    ann = busy(visit)
    ann.page.locator("summary").click()
    expect(ann.rename_box).to_be_visible()
    return ann


def rename_refused(visit: Visit) -> Window:
    ann = visit.opens()
    ann.tries_nickname("admin")
    expect(ann.rename_alert).not_to_be_empty()
    return ann


def earlier(visit: Visit) -> Window:
    fill(visit.server.database, visit.room, TALK * 2, "the-day-before--")
    ann = visit.opens()
    ann.scrolls_up(100_000)
    expect(ann.page.locator("#history .message").first).to_be_attached()
    return ann


def offline(visit: Visit) -> Window:
    ann = busy(visit)
    visit.server.kill()
    ann.types("still here")
    expect(ann.reconnecting).to_be_visible()
    ann.presses("Enter")
    expect(ann.unsent).to_be_visible()
    return ann


def log_without_script(visit: Visit) -> Window:
    ann = visit.opens_busy()
    ann.page.goto(ann.address + "live", wait_until="commit")
    expect(ann.messages.last).to_be_visible()
    return ann


def refused_without_script(visit: Visit) -> Window:
    ann = visit.opens(enters=False)
    ann.page.route("**/*.js", lambda route: route.abort())
    ann.enters()
    ann.tries_to_say(TOO_LONG)
    expect(ann.alert).not_to_be_empty()
    return ann


def without_cookies(visit: Visit) -> Window:
    ann = visit.opens(enters=False)
    address = ann.entrance
    for _ in range(2):  # the second seat is the last that is tried
        answer = ann.page.request.get(address, max_redirects=0)
        ann.page.context.clear_cookies()
        address = visit.server.url + answer.headers["location"]
    ann.goes_to(address)
    expect(ann.page.locator(".reader")).to_be_visible()
    return ann


def missing_page(visit: Visit) -> Window:
    ann = visit.opens(enters=False)
    ann.goes_to(f"{visit.server.url}/r/lobby/nothing/here")
    return ann


STATES: list[Callable[[Visit], Window]] = [
    *(empty, busy, refusal, rename_open, rename_refused, earlier),
    *(log_without_script, refused_without_script, without_cookies, missing_page),
]


def violations(page: Page) -> list[str]:
    """What axe finds in either theme."""
    found = []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        results = axe.run(page)
        found += [f"in {theme}: {results.generate_report()}"] if results.violations_count else []
    return found


@pytest.mark.shows("status of 4", "net::ERR_FAILED")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_axe_finds_nothing(
    visitor: Visitor, server: Process, room: str, language: str, state: Callable[[Visit], Window]
) -> None:
    assert violations(state(Visit(visitor, server, room, language)).page) == []


class TestOffline:
    @pytest.fixture
    def server(self, own_server: Process) -> Process:
        return own_server

    @pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_axe_finds_nothing(self, visitor: Visitor, server: Process, room: str, language: str) -> None:
        assert violations(offline(Visit(visitor, server, room, language)).page) == []

    @pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")
    def test_that_it_reconnects_is_an_addition_to_the_log(self, visitor: Visitor, server: Process) -> None:
        ann = visitor()
        ann.says("hi")
        ann.sees("hi")
        assert not any("Reconnecting" in text for text in spoken(ann))
        server.kill()
        expect(ann.reconnecting).to_be_visible()
        ann.until(lambda: any("Reconnecting" in text for text in spoken(ann)))


def tree(window: Window) -> dict[str, dict[str, Any]]:
    """What assistive technology is given, by node."""
    devtools = window.page.context.new_cdp_session(window.page)
    return {node["nodeId"]: node for node in devtools.send("Accessibility.getFullAXTree")["nodes"]}


def spoken(window: Window) -> list[str]:
    """The texts inside the log."""
    nodes = tree(window)

    def below(node: dict[str, Any]) -> list[str]:
        own = [node["name"]["value"]] if node.get("role", {}).get("value") == "StaticText" else []
        return own + [text for child in node["childIds"] if child in nodes for text in below(nodes[child])]

    [log] = [node for node in nodes.values() if node.get("role", {}).get("value") == "log"]
    return below(log)


def test_the_log_is_polite_and_speaks_additions_one_by_one(visitor: Visitor) -> None:
    ann = visitor()
    [log] = [node for node in tree(ann).values() if node.get("role", {}).get("value") == "log"]
    properties = {item["name"]: item["value"]["value"] for item in log["properties"]}
    assert log["name"]["value"] == "Messages"
    assert (properties["live"], properties["atomic"]) == ("polite", False)
    assert "additions" in properties["relevant"]


def test_earlier_messages_do_not_come_into_the_log(visitor: Visitor, server: Process, room: str) -> None:
    server.fill(room, [f"line {number}" for number in range(1, 121)])
    ann = visitor()
    ann.sees("line 120")
    before = spoken(ann)
    ann.scrolls_up(100_000)
    ann.sees("line 21")
    assert spoken(ann) == before


def test_the_keyboard_goes_round_in_reading_order(visitor: Visitor) -> None:
    ann = visitor("zh-CN")
    ann.says("一个链接 https://example.org/")
    ann.sees("一个链接 https://example.org/")
    ann.page.locator("body").evaluate("it => { it.tabIndex = -1; it.focus() }")
    stops = []
    for _ in range(11):
        ann.presses("Tab")
        stops.append(ann.page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert stops == ["A", "A", "here", "SUMMARY", "BUTTON", "scroll", "clock", "A", "A", "text", "send"]


@pytest.mark.shows("status of 422")
def test_a_refusal_is_tied_to_its_box(visitor: Visitor) -> None:
    ann = visitor()
    ann.tries_to_say(TOO_LONG)
    expect(ann.alert).not_to_be_empty()
    expect(ann.box).to_have_accessible_description(ann.alert.inner_text())
    ann.tries_nickname("admin")
    expect(ann.rename_alert).not_to_be_empty()
    expect(ann.rename_box).to_have_accessible_description(
        f"{ann.rename_alert.inner_text()} 1 to 10 characters. What you said before keeps your old name."
    )


SMALL = "a, button, summary, input:not([type=hidden]), iframe"
TOO_SMALL = f"""
[...document.querySelectorAll("{SMALL}")]
    .filter(it => it.checkVisibility() && !it.closest(".text, .unseen"))
    .map(it => [it.outerHTML.slice(0, 80), it.getBoundingClientRect()])
    .filter(([_, place]) => place.width < 44 || place.height < 44)
    .map(([html]) => html)
"""


@pytest.mark.parametrize("state", [busy, rename_open, earlier, without_cookies], ids=lambda state: state.__name__)
def test_a_thumb_can_hit_everything(
    visitor: Visitor, server: Process, room: str, state: Callable[[Visit], Window]
) -> None:
    assert state(Visit(visitor, server, room, "zh-CN")).page.evaluate(TOO_SMALL) == []


TOO_WIDE = r"""
[...document.querySelectorAll("body, header, .language, .me, .say, #scroll, .who, .bubble")]
    .filter(it => it.checkVisibility() && getComputedStyle(it).clip == "auto")
    .filter(it => !(it.className == "bubble" && /\p{M}{9}/u.test(it.textContent)))
    .filter(it => it.scrollWidth > it.clientWidth + 1 || it.getBoundingClientRect().right > innerWidth + 1)
    .map(it => it.tagName + " " + it.id + " " + it.scrollWidth)
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("size", [(240, 320), (320, 256), (320, 568), (640, 360), (1440, 900)])
def test_nothing_sticks_out(visitor: Visitor, server: Process, room: str, language: str, size: tuple[int, int]) -> None:
    """Long words, long names, marks upon marks (which are cut off); 320 x 256 is 1280 x 1024 at 400 %."""
    fill(server.database, room, [*TALK, *AWKWARD], "the-day-before--", people=LONG_NAMES)
    ann = visitor(language)
    ann.takes_nickname("龘龘龘龘龘龘龘龘龘龘")
    ann.page.set_viewport_size({"width": size[0], "height": size[1]})
    assert ann.page.evaluate(TOO_WIDE) == []
    expect(ann.box).to_be_in_viewport(ratio=1)
    expect(ann.page.locator("#send")).to_be_in_viewport(ratio=1)
    expect(ann.nickname).to_be_in_viewport()
