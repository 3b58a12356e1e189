"""The cable between one process and its database: it may be cut, or go silent without a word."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit


class Cable:
    """Stands between; `url` is the database's address at the process's end."""

    def __init__(self, url: str) -> None:
        self._there = urlsplit(url)
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flows = asyncio.Event()
        self._flows.set()

    async def __aenter__(self) -> Cable:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.url = urlunsplit(self._there._replace(netloc=f"{self._there.username}@127.0.0.1:{port}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.is_cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        return len(self._tasks)

    def is_cut(self) -> None:
        """Every connection breaks; new ones can be made."""
        for writer in self._open:
            writer.transport.abort()

    def goes_silent(self) -> None:
        """Nothing comes through any more, and nobody is told."""
        self._flows.clear()

    def speaks_again(self) -> None:
        self._flows.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        ends = {writer}
        with suppress(OSError, asyncio.CancelledError):
            try:
                await self._flows.wait()
                there, back = await asyncio.open_connection(self._there.hostname, self._there.port)
                ends.add(back)
                self._open |= ends
                await asyncio.wait(
                    [asyncio.create_task(self._copy(reader, back)), asyncio.create_task(self._copy(there, writer))],
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                self._open -= ends
                for end in ends:
                    end.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
