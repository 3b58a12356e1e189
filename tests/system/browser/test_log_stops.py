"""The log without a script tells when it has stopped: it never lies that messages appear by themselves."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Frame, expect

from tests.kit.browser import Window
from tests.kit.process import Process
from tests.kit.slow_proxy import Line, SlowProxy
from tests.system.browser.conftest import Visitor

BEATS = "document.getAnimations().filter(it => it.effect.target.matches('.beat'))"

pytestmark = pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    """Its beats come every few seconds."""
    server = Process(tmp_path, LIMITS="off", HOLD_SECONDS="1")
    server.start()
    yield server
    server.end()


@pytest.fixture
def line(server: Process) -> Iterator[SlowProxy]:
    """The way from the phone to the server."""
    with SlowProxy(server.port, Line()) as line:
        yield line


class Log:
    """The frame of a window without a script."""

    def __init__(self, window: Window) -> None:
        self.frame: Frame = window.page.frames[1]
        self.goes_on = self.frame.get_by_text("New messages appear by themselves")
        self.has_stopped = self.frame.get_by_text("Messages have stopped coming")
        self.texts = self.frame.locator(".message .text")

    def quiet_for(self) -> float:
        """Milliseconds since the last beat."""
        return float(self.frame.evaluate(f"Math.min(...{BEATS}.map(it => it.currentTime))"))

    def passes(self, seconds: int) -> None:
        """Let that much time have passed since the last beat."""
        self.frame.evaluate(f"time => {BEATS}.forEach(it => {{ it.currentTime = time }})", seconds * 1000)


@pytest.fixture
def plain(visitor: Visitor, line: SlowProxy, room: str) -> Window:
    window = visitor(script=False, enters=False)
    window.entrance = f"{line.url}/r/{room}/"
    window.enters()
    window.types("half a mess")
    return window


@pytest.fixture
def log(plain: Window) -> Log:
    log = Log(plain)
    expect(log.goes_on).to_be_visible()
    expect(log.has_stopped).to_be_hidden()
    return log


def killed(server: Process, line: SlowProxy) -> None:
    server.kill()


def paused(server: Process, line: SlowProxy) -> None:
    os.kill(server.pid, signal.SIGSTOP)


def cut(server: Process, line: SlowProxy) -> None:
    line.cut()


def silent(server: Process, line: SlowProxy) -> None:
    line.silent = True


def mend(server: Process, line: SlowProxy) -> None:
    line.silent = False
    if server.lives:
        os.kill(server.pid, signal.SIGCONT)
    else:
        server.start()


@pytest.mark.parametrize("stop", [killed, paused, cut, silent])
def test_it_says_that_it_has_stopped_and_is_loaded_anew_by_one_tap(
    visitor: Visitor, plain: Window, log: Log, server: Process, line: SlowProxy, stop: Callable[..., None]
) -> None:
    bob = visitor()
    stop(server, line)
    log.passes(34)
    expect(log.goes_on).to_be_visible()
    log.passes(35)
    expect(log.has_stopped).to_be_visible()
    expect(log.goes_on).to_be_hidden()
    mend(server, line)
    bob.says("after")
    plain.page.frame_locator("iframe").get_by_role("link", name="Reload messages").click()
    expect(log.texts).to_have_text(["after"])
    expect(log.goes_on).to_be_visible()
    expect(log.has_stopped).to_be_hidden()
    expect(plain.box).to_have_value("half a mess")


def test_it_does_not_say_so_while_beats_come(plain: Window, log: Log) -> None:
    for _ in range(2):
        log.passes(30)
        plain.until(lambda: log.quiet_for() < 10_000)
    expect(log.has_stopped).to_be_hidden()


def test_a_line_takes_it_back_when_the_server_goes_on(
    visitor: Visitor, log: Log, server: Process, line: SlowProxy
) -> None:
    bob = visitor()
    paused(server, line)
    log.passes(35)
    expect(log.has_stopped).to_be_visible()
    mend(server, line)
    expect(log.has_stopped).to_be_hidden()
    expect(log.goes_on).to_be_visible()
    bob.says("after")
    expect(log.texts).to_have_text(["after"])
