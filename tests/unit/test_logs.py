"""What is logged of a fault names the place, and nothing that a visitor sent."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from chat.server import logs


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure()
    yield sys.stderr  # type: ignore[misc]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fails(text: str) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("logger", ["ours", "uvicorn.error"])
def test_a_fault_is_logged_without_what_was_sent(log: io.StringIO, logger: str):
    speak = structlog.get_logger() if logger == "ours" else logging.getLogger(logger)
    try:
        fails("a secret text")
    except ZeroDivisionError as error:
        speak.error("fault", exc_info=error)
    line = json.loads(log.getvalue())
    assert line["exception"][0]["frames"][-1]["name"] == "fails"
    assert "a secret text" not in log.getvalue()


def test_what_holds_a_seat_is_in_no_line(log: io.StringIO):
    secret = "0123456789abcdef" * 2
    path = f"/embed/lobby/AAAAAAAAAAAAAAAA.{secret}~theme=dark/messages"
    structlog.get_logger().error("fault", path=path)
    logging.getLogger("uvicorn.error").error("GET %s", path)
    assert log.getvalue().count("/embed/lobby/AAAAAAAAAAAAAAAA.***~theme=dark/messages") == 2
    assert secret not in log.getvalue()
