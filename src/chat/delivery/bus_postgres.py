"""PostgreSQL as the bus: NOTIFY, heard on a connection of its own."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Any

from litestar.channels.backends.base import ChannelsBackend

SILENCE_SECONDS = 3.0
"""A connection on which nothing was heard for this long is asked whether it still lives."""

Connect = Callable[[], Awaitable[Any]]
"""Opens a connection of asyncpg's."""


class PostgresBus(ChannelsBackend):
    """Hears what transactions notify. Litestar's own backend stays silent for ever when its connection dies;
    this one ends its stream with an error, and is thrown away then."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._heard: asyncio.Queue[tuple[str, bytes] | None] = asyncio.Queue()
        self._connection: Any = None

    async def on_startup(self) -> None:
        self._connection = await self._connect()
        self._connection.add_termination_listener(lambda _: self._heard.put_nowait(None))

    async def on_shutdown(self) -> None:
        if self._connection and not self._connection.is_closed():
            self._connection.terminate()

    async def subscribe(self, channels: Iterable[str]) -> None:
        for channel in channels:
            await self._connection.add_listener(channel, self._hear)

    async def unsubscribe(self, channels: Iterable[str]) -> None:
        for channel in channels:
            await self._connection.remove_listener(channel, self._hear)

    def _hear(self, _connection: Any, _pid: int, channel: str, word: str) -> None:
        self._heard.put_nowait((channel, word.encode()))

    async def stream_events(self) -> AsyncGenerator[tuple[str, bytes], None]:
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    heard = await self._heard.get()
            except TimeoutError:
                await self._connection.execute("SELECT 1", timeout=SILENCE_SECONDS)
                continue
            if heard is None:
                raise ConnectionError("the connection was closed")
            yield heard

    async def publish(self, data: bytes, channels: Iterable[str]) -> None:
        raise NotImplementedError("wake-ups leave with the transaction that stores the events")

    async def get_history(self, channel: str, limit: int | None = None) -> list[bytes]:
        return []
