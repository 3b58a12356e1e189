"""A visitor's way in Firefox and in WebKit: enter, say, hear, rename, be refused, outlive a restart, come back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.kit.engines import ENTER, Engine, Firefox, WebKit
from tests.kit.process import SPACIOUS, Process

ROOM = "/r/lobby/"
FOCUSED = "return document.activeElement.id"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    server = Process(tmp_path, **SPACIOUS)
    server.start()
    yield server
    server.end()


@pytest.fixture(params=[Firefox, WebKit], ids=lambda kind: kind.__name__)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if not request.param.program():
        pytest.skip(f"not installed: apt install {request.param.package}")
    engine: Engine = request.param()
    folder = tmp_path / "browser"
    folder.mkdir()
    engine.start(folder)
    yield engine
    engine.stop()


def bob_says(server: Process, text: str) -> None:
    path, headers = server.seat()
    answer = httpx.post(f"{server.url}{path}messages", data={"text": text, "key": "k"}, headers=headers)
    assert answer.status_code == 200


def ann_enters(engine: Engine, server: Process) -> None:
    engine.goes_to(f"{server.url}{ROOM}")
    engine.has("#poll[data-live]")


def test_saying_hearing_renaming_and_being_refused(engine: Engine, server: Process) -> None:
    ann_enters(engine, server)
    engine.types("#text", f"hello{ENTER}")
    engine.sees("#live", "hello")
    assert (engine.value("#text"), engine.asks(FOCUSED)) == ("", "text")
    bob_says(server, "hi from bob")
    engine.sees("#live", "hi from bob")
    engine.clicks("#me summary")
    engine.types("#new-nickname", f"Ann{ENTER}")
    engine.sees("#nickname", "Ann")
    engine.types("#text", "x" * 150)
    engine.types("#text", "y" * 51)
    engine.types("#text", ENTER)
    engine.sees("#say-alert", "201 characters")
    assert engine.value("#text") == "x" * 150 + "y" * 51
    assert engine.asks("return document.querySelectorAll('#live .message').length") == 2


def test_a_sheet_opens_over_the_page_and_what_is_typed_stays(engine: Engine, server: Process) -> None:
    ann_enters(engine, server)
    bob_says(server, "hi from bob")
    engine.sees("#live", "hi from bob")
    engine.types("#text", "half a line")
    engine.clicks(".door")
    engine.sees("#sheet", "hi from bob")
    bob_says(server, "and more")
    engine.sees("#live", "and more")
    engine.clicks("#sheet dialog .title button")
    engine.has("#sheet dialog[open]", gone=True)
    assert engine.value("#text") == "half a line"


def test_a_restart_loses_nothing(engine: Engine, server: Process) -> None:
    ann_enters(engine, server)
    engine.types("#text", "half a line")
    server.stop()
    server.start()
    bob_says(server, "after the restart")
    engine.sees("#live", "after the restart")
    assert engine.value("#text") == "half a line"
    engine.types("#text", f" more{ENTER}")
    engine.sees("#live", "half a line more")
    assert server.said("lobby") == ["after the restart", "half a line more"]


def test_who_comes_back_is_the_same_person(engine: Engine, server: Process) -> None:
    ann_enters(engine, server)
    tag = engine.text("#me .tag")
    engine.types("#text", f"hello{ENTER}")
    engine.sees("#live", "hello")
    engine.types("#text", "a draft")
    engine.goes_to(f"{server.url}/rooms")
    engine.goes_back()
    engine.has("#text")
    assert engine.text("#me .tag") == tag
    engine.sees("#live", "hello")
    if isinstance(engine, WebKit):  # Firefox keeps no form of a page that may not be stored: docs/drafts.md
        assert engine.value("#text") == "a draft"
