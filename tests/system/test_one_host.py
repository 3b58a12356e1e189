"""A request names its host once, and an address is the same whichever socket it came in by."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.process import Process


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    server = Process(tmp_path, HOST="::", TRUSTED_PROXIES="127.0.0.1")
    await server.starts_up()
    yield server
    await server.ends()


async def answer(server: Process, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    received = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return received


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
async def test_a_request_names_its_host_once(server: Process) -> None:
    end = b"Connection: close\r\n\r\n"
    assert (await answer(server, b"GET /health HTTP/1.1\r\nHost: a\r\n" + end)).startswith(b"HTTP/1.1 200 ")
    assert (await answer(server, b"GET /health HTTP/1.1\r\n" + end)).startswith(b"HTTP/1.1 400 ")
    assert (await answer(server, b"GET /health HTTP/1.1\r\nHost: a\r\nhost: a\r\n" + end)).startswith(b"HTTP/1.1 400 ")
    assert (await answer(server, b"GET /health HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
