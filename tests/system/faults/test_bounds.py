"""What a connection may cost has a bound, whatever comes over it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from chat.server import protocol
from tests.kit.process import Process
from tests.kit.wire import request


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    server = Process(tmp_path)
    await server.starts_up()
    yield server
    await server.ends()


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Process]:
    """A server that waits for a request no longer than the blink of an eye."""
    hurry = (
        "from functools import partial; from chat import cli; from chat.server import serve;"
        "serve.PollingProtocol = partial(serve.PollingProtocol, request_seconds=0.3); cli.main()"
    )
    server = Process(tmp_path, command=(sys.executable, "-c", hurry, "serve"))
    await server.starts_up()
    yield server
    await server.ends()


ENDLESS = {
    "a header": (b"GET / HTTP/1.1\r\nHost: chat.test\r\nX: ", b"a" * 65536),
    "headers": (b"GET / HTTP/1.1\r\nHost: chat.test\r\n", b"X: a\r\n" * 10000),
    "an address": (b"GET /", b"a" * 65536),
    "trailers": (b"POST /language HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * 65536),
    "a chunk's extension": (
        b"POST /language HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"a" * 65536,
    ),
    "empty lines": (b"", b"\r\n" * 10000),
    "a body": (
        b"POST /language HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"ffff\r\n" + b"a" * 65535 + b"\r\n",
    ),
}


@pytest.mark.parametrize("what", ENDLESS)
async def test_a_request_without_an_end_is_cut(server: Process, what: str):
    beginning, more = ENDLESS[what]
    before = server.memory()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    reading = asyncio.ensure_future(reader.read())
    try:
        writer.write(beginning)
        for _ in range(1000):
            writer.write(more)
            await writer.drain()
    except ConnectionError:
        assert what != "a body"
    else:
        assert what == "a body", "it was not cut"  # it is read and thrown away
    finally:
        assert server.memory() - before < 20 * 2**20
        assert (await server.health())["code"] == 200
        writer.transport.abort()
        await asyncio.gather(reading, return_exceptions=True)


@pytest.mark.parametrize("size, status", [(protocol.LARGEST_HEAD - 100, 303), (protocol.LARGEST_HEAD, 400)])
async def test_a_head_may_be_so_large(server: Process, size: int, status: int):
    answer = await server.asks("GET", "/", {"Cookie": "a" * size})
    assert answer.status == status


async def test_requests_behind_a_held_poll_take_little_memory(server: Process):
    path, headers = server.seat()
    for _ in range(50):
        await server.asks("GET", "/")
    await server.health()
    poll = await server.sends(request("GET", f"{path}messages?after=0", {**headers, "HX-Request": "true"}))
    before = server.memory()
    for _ in range(10):
        poll.adds(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2_000)
    assert (await server.health())["code"] == 200
    assert server.memory() - before < 5 * 2**20


@pytest.mark.parametrize(
    "half", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\ntext="]
)
async def test_a_request_that_never_comes_whole_is_hung_up_on(impatient: Process, half: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient.port)
    writer.write(half)
    with suppress(ConnectionError):
        await reader.read()
    assert (await impatient.health())["code"] == 200
    assert impatient.faults() == []
    writer.transport.abort()


async def test_many_requests_at_once_on_a_connection_are_no_large_one(server: Process):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request("GET", "/health", {"X": "a" * 1000}) * 200)
    answered = 0
    while answered < 200:
        answered += (await reader.read(65536)).count(b"HTTP/1.1 200")
    writer.transport.abort()
