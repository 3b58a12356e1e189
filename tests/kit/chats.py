"""Running a whole chat inside a test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio

from chat import clock
from chat.app import Chat
from chat.settings import Settings

PATIENCE = 10.0
"""Seconds after which something will not happen any more."""
KEY = b"the key of every test"


class Clock(clock.Clock):
    """A time that passes when it is told to; between two looks at it, a millionth of a second."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        self.now += 1e-6
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += seconds


@asynccontextmanager
async def running(
    settings: Settings, clock: Clock | None = None, key: bytes = KEY, **parts: Any
) -> AsyncIterator[Chat]:
    """A chat that has started; at the end it stops as a server stops it: polls first."""
    chat = Chat(settings, key, clock=clock, **parts)
    async with chat.running():
        yield chat
        chat.services.waiters.release()
        await until(lambda: not chat.services.waiters.places.taken)


async def until(happened: Callable[[], Any]) -> None:
    """Let the others work until this is so."""
    with anyio.fail_after(PATIENCE):
        while not happened():  # noqa: ASYNC110 what happens knows of no event
            await asyncio.sleep(0.001)
