"""What is logged of a fault names the place, and nothing that a visitor sent."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from chat import logs


@pytest.fixture(autouse=True)
def configured(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    logs.configure()
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def fails(text: str) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("logger", [structlog.get_logger(), logging.getLogger("uvicorn.error")])
def test_a_fault_is_logged_without_what_was_sent(logger, capsys):
    try:
        fails("a secret text")
    except ZeroDivisionError as error:
        logger.error("fault", exc_info=error)
    line = json.loads(capsys.readouterr().err)
    assert line["exception"][0]["frames"][-1]["name"] == "fails"
    assert "a secret text" not in json.dumps(line)
