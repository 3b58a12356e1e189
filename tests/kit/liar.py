"""A network that lies: it delays, dribbles, cuts, swallows, and says nothing of it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from random import Random

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


class Liar:
    """Stands between windows and their server. Each connection has a fate, and meets it after some bytes."""

    def __init__(self, port: int, random: Random) -> None:
        self.server_port = port
        self.port = 0
        self.lying = True
        self.fates: Counter[str] = Counter()
        self._random = random
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Liar:
        self._server = await asyncio.start_server(self._meets, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cuts_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cuts_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _meets(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        fate = self._random.choices(list(FATES), list(FATES.values()))[0] if self.lying else "honest"
        self.fates[fate] += 1
        ends = [writer]
        with suppress(Exception, asyncio.CancelledError):
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.server_port)
            ends.append(server_writer)
            self._open.update(ends)
            after = int(10 ** self._random.uniform(0, 4.5))
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carries(reader, server_writer, fate, "request", after))
                both.create_task(self._carries(server_reader, writer, fate, "answer", after))
        for end in ends:
            end.transport.abort()
        self._open.difference_update(ends)

    async def _carries(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fate: str, what: str, after: int
    ) -> None:
        """Carry one way until the fate is met."""
        passed = 0
        while data := await reader.read(65536):
            doomed = fate.endswith(what) or (fate == "ends the answer early" and what == "answer")
            if doomed and passed + len(data) > after:
                writer.write(data[: max(0, after - passed)])
                with suppress(OSError):
                    await writer.drain()
                if fate.startswith("swallows"):
                    await asyncio.Event().wait()
                if fate.startswith("ends"):
                    writer.close()  # as politely as after a whole answer
                    await writer.wait_closed()
                raise ConnectionResetError
            passed += len(data)
            await self._passes_on(writer, data, fate)
        raise ConnectionResetError

    async def _passes_on(self, writer: asyncio.StreamWriter, data: bytes, fate: str) -> None:
        if fate == "slow":
            await asyncio.sleep(self._random.uniform(0, 0.3))
        size = self._random.randint(1, 400) if fate == "dribbles" else len(data)
        for start in range(0, len(data), size):
            writer.write(data[start : start + size])
            await writer.drain()
            if fate == "dribbles":
                await asyncio.sleep(0)
