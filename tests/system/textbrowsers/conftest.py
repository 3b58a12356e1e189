"""People at terminals, and one who was there before them."""

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.kit.process import Process
from tests.kit.text_browsers import CHINESE, ENGLISH, Lynx, Reader, W3m, Words

Enter = Callable[..., Reader]
rooms = count(1)


@pytest.fixture
def server(shared_server: Process) -> Process:
    return shared_server


@pytest.fixture
def room() -> str:
    return f"read-{next(rooms)}"


@pytest.fixture(params=[W3m, Lynx], ids=lambda browser: browser.program)
def browser(request: pytest.FixtureRequest) -> type[Reader]:
    """A text browser. `make test` installs both where it may."""
    browser: type[Reader] = request.param
    if not shutil.which(browser.program):
        missing = f"{browser.program} is not installed (Debian: apt install {browser.program})"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    return browser


@pytest.fixture(params=[ENGLISH, CHINESE], ids=["en", "zh"])
def words(request: pytest.FixtureRequest) -> Words:
    words: Words = request.param
    return words


@pytest.fixture
def enter(browser: type[Reader], server: Process, room: str, tmp_path: Path) -> Iterator[Enter]:
    """Opens the room in the text browser of somebody who was never here."""
    readers: list[Reader] = []

    def enter(words: Words) -> Reader:
        home = tmp_path / str(len(readers))
        home.mkdir()
        readers.append(browser(f"{server.url}/r/{room}/", home, words))
        readers[-1].arrives()
        return readers[-1]

    yield enter
    for reader in readers:
        reader.leaves()
