"""A phone's way to the server over a bad network: real connections, delayed, slowed, cut and truncated."""

import asyncio
import math
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any, Self, TypeVar

from tests.kit.proxies import Cut, Proxy

Result = TypeVar("Result")
UnderWay = asyncio.Queue[tuple[float, bytes]]
"""Packets and when they arrive."""

PACKET = 1460
HEADERS = 40
"""Bytes of a packet before what it carries."""
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: closing tells the other end that the connection broke."""


@dataclass(frozen=True)
class Line:
    """What a phone's line is like, in each direction."""

    round_trip_seconds: float = 0.0
    bits_per_second: float = math.inf


BAD = Line(round_trip_seconds=0.4, bits_per_second=50_000)


class Bottleneck:
    """One direction of the line, which all connections of the phone share, packet by packet."""

    def __init__(self, line: Line) -> None:
        self._seconds_a_byte = 8 / line.bits_per_second
        self._free = 0.0
        self.bytes = 0

    async def take(self, packet: bytes) -> None:
        """Wait until the line has sent this packet."""
        now = asyncio.get_running_loop().time()
        self._free = max(self._free, now) + (len(packet) + HEADERS) * self._seconds_a_byte
        self.bytes += len(packet) + HEADERS
        await asyncio.sleep(self._free - now)


class SlowProxy(Proxy):
    """The line of one phone to a server: the phone goes to `url` instead of the server.

    A new connection costs a round trip before it carries anything. `cut_after` cuts each
    connection at random, after so many bytes on average in each direction, and `cut`
    cuts those that are open now. While it is `silent` nothing arrives, and nobody is told. It
    runs in a thread: who drives a browser holds up the loop.
    """

    def __init__(self, port: int, line: Line = BAD, *, seed: int = 0) -> None:
        super().__init__("127.0.0.1", port)
        self.line = line
        self.cut_after = math.inf
        self.cuts = 0
        self.silent = False
        self.up, self.down = Bottleneck(line), Bottleneck(line)
        self._chance = Random(seed)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self.__aenter__())
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self.__aexit__())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Cut every open connection."""
        self._run(self._cut_now())

    def _run(self, chore: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(chore, self._loop).result()

    async def _cut_now(self) -> None:
        for writer in list(self._open):
            close(writer, reset=True)

    async def _before(self) -> None:
        await asyncio.sleep(self.line.round_trip_seconds)

    async def _join(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        async with asyncio.TaskGroup() as group:
            for (reader, writer), way in zip(ways, (self.up, self.down), strict=True):
                under_way: UnderWay = asyncio.Queue()
                group.create_task(self._send(reader, way, under_way))
                group.create_task(self._deliver(under_way, writer))

    def _end(self, ends: list[asyncio.StreamWriter]) -> None:
        reset = self._chance.random() < 0.5
        for writer in ends:
            close(writer, reset=reset)

    async def _send(self, reader: asyncio.StreamReader, way: Bottleneck, under_way: UnderWay) -> None:
        """Send one direction, packet by packet, until its end or until it is cut."""
        whole = True
        while whole:
            packet = await reader.read(PACKET)
            sent = self._cut_off(packet)
            whole = bool(packet) and sent == packet
            if sent:
                await way.take(sent)
                under_way.put_nowait((self._arrival(), sent))
        under_way.put_nowait((self._arrival(), b""))

    async def _deliver(self, under_way: UnderWay, writer: asyncio.StreamWriter) -> None:
        """Hand over each packet when it is due; an empty one is the end."""
        while True:
            due, packet = await under_way.get()
            await asyncio.sleep(due - self._loop.time())
            if self.silent:
                continue
            if not packet:
                raise Cut
            await self._pass_on(writer, packet)

    def _arrival(self) -> float:
        return self._loop.time() + self.line.round_trip_seconds / 2

    def _cut_off(self, packet: bytes) -> bytes:
        """What of a packet gets through."""
        if math.isinf(self.cut_after):
            return packet
        through = self._chance.expovariate(1 / self.cut_after)
        if through >= len(packet):
            return packet
        self.cuts += 1
        return packet[: int(through)]


def close(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    """End a connection, as if all were said or as if it broke."""
    if reset and not writer.is_closing():
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()
    writer.close()
