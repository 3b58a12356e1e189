"""Logs: one line of JSON per event, on standard error, ours and the libraries' alike; never a message's text."""

import logging
import re
import sys
from typing import Any

import structlog

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
]

SIGNATURE = re.compile(r"(?<=[\w-]{16}\.)[0-9a-f]{32}(?![0-9a-f])")
"""Whoever has it holds the seat, browser or session before it."""


def without_signatures(_: Any, __: str, line: str) -> str:
    """A line of the log as it may be read by others."""
    return SIGNATURE.sub("***", line)


def configure() -> None:
    """Send every log line through one formatter."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    render: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
        without_signatures,
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=render, foreign_pre_chain=SHARED))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
