"""Networks that misbehave: proxies between a client and a server that delay, cut, swallow or fall silent."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

FATES = {
    "honest": 8,
    "slow": 2,
    "dribbles": 2,
    "cuts the request": 2,
    "cuts the answer": 4,
    "ends the answer early": 4,
    "swallows the answer": 2,
    "swallows the request": 1,
}
"""What becomes of a connection, and how often."""


class Cut(Exception):
    """The connection ends here."""


class Proxy:
    """Takes connections at `port` and carries each to its server, whole and at once; what it does else, others say."""

    def __init__(self, host: str, port: int) -> None:
        self.port = 0
        self._there = (host, port)
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._tasks)

    def cut_all(self) -> None:
        """Every connection breaks; new ones can be made."""
        for writer in list(self._open):
            writer.transport.abort()

    def server(self) -> tuple[str, int]:
        """Where the next connection goes."""
        return self._there

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        ends = [writer]
        self._open.add(writer)
        with suppress(Exception, asyncio.CancelledError):
            try:
                await self._before()
                there, back = await asyncio.open_connection(*self.server())
                ends.append(back)
                self._open.add(back)
                await self._join((reader, back), (there, writer))
            finally:
                self._open.difference_update(ends)
                self._end(ends)

    async def _before(self) -> None:
        """Wait before the server is connected to."""

    async def _join(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        """Carry the request and the answer until one of them ends."""
        async with asyncio.TaskGroup() as both:
            for (reader, writer), what in zip(ways, ("request", "answer"), strict=True):
                both.create_task(self._carry(reader, writer, what))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, what: str) -> None:
        """Carry one way. Raises Cut at its end."""
        while data := await reader.read(65536):
            await self._pass_on(writer, data)
        raise Cut

    async def _pass_on(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    def _end(self, ends: list[asyncio.StreamWriter]) -> None:
        for end in ends:
            end.transport.abort()


class CuttableProxy(Proxy):
    """The way of one process to its database: may be cut, or fall silent without a word. The process goes to `url`."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        super().__init__(self._url.hostname or "", self._url.port or 0)
        self._flows = asyncio.Event()
        self._flows.set()

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self.url = urlunsplit(self._url._replace(netloc=f"{self._url.username}@127.0.0.1:{self.port}"))
        return self

    def fall_silent(self) -> None:
        """Nothing comes through any more, and nobody is told."""
        self._flows.clear()

    def speak_again(self) -> None:
        self._flows.set()

    async def _before(self) -> None:
        await self._flows.wait()

    async def _pass_on(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        await self._flows.wait()
        await super()._pass_on(writer, data)


class FaultProxy(Proxy):
    """Each connection has a fate, drawn by chance, and meets it after some bytes."""

    def __init__(self, port: int, random: Random) -> None:
        super().__init__("127.0.0.1", port)
        self.faulty = True
        self.fates: Counter[str] = Counter()
        self._random = random

    async def _join(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        fate = self._random.choices(list(FATES), list(FATES.values()))[0] if self.faulty else "honest"
        self.fates[fate] += 1
        after = int(10 ** self._random.uniform(0, 4.5))
        async with asyncio.TaskGroup() as both:
            for (reader, writer), what in zip(ways, ("request", "answer"), strict=True):
                both.create_task(self._carry_to_its_fate(reader, writer, fate, after if what in fate else None))

    async def _carry_to_its_fate(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fate: str, after: int | None
    ) -> None:
        """`after`: the bytes after which this way meets the connection's fate."""
        passed = 0
        while data := await reader.read(65536):
            if after is not None and passed + len(data) > after:
                return await self._doom(writer, data[: max(0, after - passed)], fate)
            passed += len(data)
            await self._pass_on_slowly(writer, data, fate)
        raise Cut

    async def _doom(self, writer: asyncio.StreamWriter, rest: bytes, fate: str) -> None:
        with suppress(OSError):
            await self._pass_on(writer, rest)
        if fate.startswith("swallows"):
            await asyncio.Event().wait()
        if fate.startswith("ends"):
            writer.close()  # as politely as after a whole answer
            await writer.wait_closed()
        raise Cut

    async def _pass_on_slowly(self, writer: asyncio.StreamWriter, data: bytes, fate: str) -> None:
        if fate == "slow":
            await asyncio.sleep(self._random.uniform(0, 0.3))
        size = self._random.randint(1, 400) if fate == "dribbles" else len(data)
        for start in range(0, len(data), size):
            await self._pass_on(writer, data[start : start + size])
            if fate == "dribbles":
                await asyncio.sleep(0)
