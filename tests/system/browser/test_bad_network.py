"""The room over a slow line, and over one on which connections break."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.kit.browser import Window
from tests.kit.conversation import fifty
from tests.kit.process import Process
from tests.kit.slow_proxy import BAD, Line, SlowProxy
from tests.system.browser.conftest import Visitor

pytestmark = pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")

Phone = Callable[[Line], tuple[Window, SlowProxy]]
PATIENCE = 60_000
BYTES = 2_500
"""A connection that breaks carries so many in each direction, on average: a few polls, or a post and a half."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """People who must send again are not too fast."""
    server = Process(tmp_path, LIMITS="off")
    server.start()
    yield server
    server.end()


@pytest.fixture
def phone(visitor: Visitor, server: Process, room: str) -> Iterator[Phone]:
    """A phone at the room's door, and its line."""
    with ExitStack() as lines:

        def take(line: Line) -> tuple[Window, SlowProxy]:
            proxy = lines.enter_context(SlowProxy(server.port, line))
            window = visitor(enters=False)
            window.entrance = f"{proxy.url}/r/{room}/"
            return window, proxy

        yield take


def is_live(window: Window) -> bool:
    """Whether messages come by themselves. Until they do the page must not say that they never will."""
    stale, live = window.page.evaluate(
        "[getComputedStyle(document.querySelector('#stale') || document.head).visibility,"
        " !!document.querySelector('#poll[data-live]')]"
    )
    assert stale == "hidden" or live or not window.page.locator("#stale").is_visible()
    return bool(live)


def is_sent(window: Window) -> bool:
    """Whether the text has gone; who still sees it in the box, and nothing going on, presses Enter again."""
    if window.page.locator("#say:not(.htmx-request)").is_visible() and window.box.input_value():
        window.box.press("Enter")
    return window.box.input_value() == ""


def test_a_slow_line_is_only_slow(phone: Phone, server: Process, room: str) -> None:
    history = [said.text for said in fifty()]
    server.fill(room, history)
    (ann, _), (bob, _) = phone(BAD), phone(BAD)
    for window in ann, bob:
        window.page.goto(window.entrance, wait_until="commit")
    for window in ann, bob:
        window.until(partial(is_live, window), PATIENCE)
    ann.says("你听得到吗?")
    bob.sees("你听得到吗?")
    bob.says("yes!")
    ann.sees("yes!")
    for window in ann, bob:
        window.sees_only(*history, "你听得到吗?", "yes!")


def test_nothing_is_lost_and_nothing_said_twice_while_connections_break(
    phone: Phone, server: Process, room: str
) -> None:
    phones = phone(Line()), phone(Line())
    for window, line in phones:
        window.enters()
        window.until(partial(is_live, window))
        line.cut_after = BYTES
    count = 0
    while count < 8 or any(line.cuts <= 3 for _, line in phones):
        for name, (window, _) in zip(("Ann", "Bob"), phones, strict=True):
            window.tries_to_say(f"{name} {count}")
            window.until(partial(is_sent, window), PATIENCE)
        count += 1
    for _, line in phones:
        line.cut_after = math.inf
    said = server.said(room)
    assert sorted(said) == sorted(f"{name} {number}" for name in ("Ann", "Bob") for number in range(count))
    for window, _ in phones:
        window.sees_only(*said)


def test_all_connections_break_at_once(phone: Phone) -> None:
    (ann, line), (bob, _) = phone(Line()), phone(Line())
    for window in ann, bob:
        window.enters()
        window.until(partial(is_live, window))
    for text in "one", "two", "three":
        line.cut()
        bob.says(text)
        ann.sees(text)
    ann.sees_only("one", "two", "three")
