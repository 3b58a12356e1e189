"""What answers weigh on the wire."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.kit.process import Process
from tests.kit.wire import request


async def test_answers_weigh_little_on_the_wire(tmp_path: Path):
    server = Process(tmp_path)
    try:
        await server.starts_up()
        seat = server.seat()
        assert (await server.says("hello, how are you?")).status == 200
        idle = await bytes_on_the_wire(server, seat, "after=1&wait=0")
        with_a_message = await bytes_on_the_wire(server, seat, "after=0&wait=0")
    finally:
        await server.ends()
    assert b'hx-get="messages?after=1"' in idle
    assert b"hello, how are you?" in with_a_message
    print(f"bytes: {len(idle)}, with a message {len(with_a_message)}")
    assert len(idle) <= 500
    assert len(with_a_message) <= 1_000


async def bytes_on_the_wire(server: Process, seat: tuple[str, dict[str, str]], query: str) -> bytes:
    path, headers = seat
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request("GET", f"{path}messages?{query}", {**headers, "Connection": "close"}))
    answer = await reader.read()
    writer.close()
    return answer
