from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.kit.browser import Troubles, Window, launch
from tests.kit.process import SPACIOUS, Process

PHONE = {"width": 360, "height": 640}
# Playwright turns these on, and visitors' browsers do not.
UNREAL = ["--disable-back-forward-cache"]
# Milliseconds: less than a poll is held, so that who waits for one to end is seen to wait.
TIMEOUT = 10_000

Visitor = Callable[..., Window]
rooms = count(1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "shows(*patterns): what the browsers' consoles may say in this test")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=TIMEOUT)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, ignore_default_args=UNREAL)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def whole_chromium(playwright: Playwright) -> Iterator[Browser]:
    """What keeps a page that was left, and what was typed in it, as visitors' browsers do."""
    browser = launch(playwright, whole=True, ignore_default_args=UNREAL)
    yield browser
    browser.close()


@pytest.fixture
def server(shared_server: Process) -> Process:
    """The server that `visitor` visits."""
    return shared_server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Process]:
    """A server that a test may stop and start."""
    server = Process(tmp_path, **SPACIOUS)
    server.start()
    yield server
    server.end()


@pytest.fixture
def room() -> str:
    return f"room-{next(rooms)}"


@pytest.fixture
def troubles(request: pytest.FixtureRequest) -> Iterator[Troubles]:
    """Fails the test when a browser complains: of an error, or of what the security policy forbids."""
    troubles = Troubles()
    for mark in request.node.iter_markers("shows"):
        troubles.expected += mark.args
    yield troubles
    assert troubles.unexpected() == []


@pytest.fixture
def visitor(chromium: Browser, server: Process, room: str, troubles: Troubles) -> Iterator[Visitor]:
    """Opens the room in a browser of its own, as a phone would."""
    contexts = []

    def enter(language: str = "en-US", *, script: bool = True, enters: bool = True) -> Window:
        context = chromium.new_context(viewport=PHONE, locale=language, java_script_enabled=script)  # type: ignore[arg-type]
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        troubles.watch(context)
        window = Window(context.new_page(), f"{server.url}/r/{room}/", script=script)
        if enters:
            window.enters()
        return window

    yield enter
    for context in contexts:
        context.close()
