"""HTTP over a plain socket, as a browser speaks it: connections stay open, and a broken answer is no answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import NamedTuple


class Failed(Exception):
    """No whole answer came."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, list[str]]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


class Connection:
    """A connection that is opened when it is needed, and again after a failure."""

    def __init__(self, port: int, patience: float = 30.0) -> None:
        self.port = port
        self.patience = patience
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """Send a request and read the answer. Raises Failed."""
        try:
            async with asyncio.timeout(self.patience):
                return await self._ask(request(method, path, headers, body))
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            self.close()
            raise Failed(repr(error)) from None
        except BaseException:
            self.close()
            raise

    async def _ask(self, data: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        reader, writer = self._streams
        writer.write(data)
        await writer.drain()
        answer = await read_answer(reader)
        if answer.header("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self._streams:
            self._streams[1].transport.abort()
            self._streams = None


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: chat.test", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, list[str]]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines[:-2]:
        name, _, value = line.partition(": ")
        headers.setdefault(name.lower(), []).append(value)
    return int(first.split(" ")[1]), headers


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """A whole answer. Raises IncompleteReadError, or ValueError for what is no answer."""
    status, headers = await read_head(reader)
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"][0]))
    elif headers.get("transfer-encoding") == ["chunked"]:
        body = b"".join([chunk async for chunk in chunks(reader)])
    elif status in (204, 304):
        body = b""
    else:
        raise ValueError("an answer without an end")
    return Answer(status, headers, body)


class chunks:
    """The parts of a chunked body, as they come."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self.reader = reader

    def __aiter__(self) -> chunks:
        return self

    async def __anext__(self) -> bytes:
        size = int(await self.reader.readuntil(b"\r\n"), 16)
        chunk = await self.reader.readexactly(size + 2)
        if not size:
            raise StopAsyncIteration
        return chunk[:-2]
