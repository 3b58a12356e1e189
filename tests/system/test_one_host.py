"""A request names its host once, and an address is the same whichever socket it came in by."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.chats import until
from tests.kit.ports import free_port
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


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
async def test_who_comes_by_ipv4_is_known_by_that_address_and_so_is_a_proxy(server: Process) -> None:
    path, headers = server.seat()
    page = {name: value for name, value in headers.items() if name != "HX-Request"}
    assert "visitor from 127.0.0.1." in (await server.asks("GET", path, page)).body.decode()
    told = await server.asks("GET", path, page | {"X-Forwarded-For": "203.0.113.9"})
    assert "visitor from 203.0.113.9." in told.body.decode()


async def test_a_database_that_is_not_there_yet_is_waited_for_aloud(tmp_path: Path) -> None:
    port = free_port()
    address = f"postgres://chat:geheim@127.0.0.1:{port}/chat"
    server = Process(tmp_path, DATABASE_URL=address, SECRET_KEY="a key that several share")
    (tmp_path / "log").touch()
    starting = asyncio.create_task(server.starts_up())
    try:
        await until(lambda: starting.done() or any("trying again" in line for line in server.logged()))
        line = next(line for line in server.logged() if "trying again" in line)
        assert f"127.0.0.1:{port}" in line
        assert "geheim" not in "".join(server.logged())
    finally:
        starting.cancel()
        await asyncio.wait([starting])
        await server.ends()
