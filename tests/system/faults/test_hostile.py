"""A client who leaves, lies, or never reads costs little memory, and gives it back; nobody else waits for it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tests.kit.chats import until
from tests.kit.hostile import HUGE_HEAD, Hostile
from tests.kit.process import Process

MIB = 2**20


@pytest.fixture
def program(request: pytest.FixtureRequest) -> str:
    return getattr(request, "param", "from chat import cli; cli.main()")


@pytest.fixture
async def server(tmp_path: Path, program: str) -> AsyncIterator[Process]:
    server = Process(tmp_path, command=(sys.executable, "-c", program, "serve"))
    await server.starts_up()
    for _ in range(20):
        await server.asks("GET", "/r/lobby/")
    yield server
    assert server.faults() == []
    await server.ends()


@pytest.fixture
async def hostile(server: Process) -> AsyncIterator[Hostile]:
    hostile = Hostile(server.port)
    yield hostile
    hostile.leaves()


async def test_requests_that_are_reset_leave_nothing(server: Process, hostile: Hostile):
    before = server.memory()
    for _ in range(200):
        hostile.sends(HUGE_HEAD)
        await asyncio.to_thread(hostile.is_answered_or_cut)
        hostile.resets()
    assert (await server.health())["code"] == 200
    assert server.memory() - before < 40 * MIB


async def test_pages_that_are_reset_before_they_are_read_leave_nothing(server: Process, hostile: Hostile):
    before = server.memory()
    path, headers = server.seat()
    for _ in range(200):
        hostile.asks(path, {**headers, "X-Padding": "x" * 12_000})
        hostile.resets()
    assert (await server.health())["code"] == 200
    assert server.memory() - before < 40 * MIB


async def test_what_queues_behind_a_held_answer_is_bounded(server: Process, hostile: Hostile):
    before = server.memory()
    path, headers = server.seat()
    for _ in range(100):
        hostile.asks(f"{path}live", headers)
        hostile.sends(HUGE_HEAD * 4, again=False)
    assert (await server.health())["code"] == 200
    assert server.memory() - before < 60 * MIB


async def test_a_queue_of_pages_that_nobody_reads_is_bounded(server: Process, hostile: Hostile):
    before = server.memory()
    path, headers = server.seat()
    for _ in range(100):
        hostile.asks(path, headers, times=250)
    assert (await server.health())["code"] == 200
    assert (await server.says("still quick")).status == 200
    assert server.memory() - before < 60 * MIB


WATCHFUL = "from chat import cli; from chat.server import serve; serve.SWEEP_SECONDS = 0.05; cli.main()"
"""It looks for readers who do not read every blink of an eye."""
FEW_FILES = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (300, 300)); from chat import cli; cli.main()"


@pytest.mark.parametrize("program", [WATCHFUL], indirect=True)
async def test_a_client_that_never_reads_is_cut(server: Process, hostile: Hostile):
    for number in range(60):
        await server.says(f"{number} " + "x" * 190)
    path, headers = server.seat()
    for _ in range(5):
        hostile.asks(path, headers, times=250)
    await until(lambda: hostile.cut() == 5)


@pytest.mark.parametrize("program", [FEW_FILES], indirect=True)
async def test_there_is_room_for_visitors_however_many_say_nothing(server: Process, hostile: Hostile):
    await server.says("hi")
    path, headers = server.seat()
    await server.asks("GET", f"{path}messages?after=0&wait=0", headers)  # the room is in memory from now on
    poll = await server.polls(server.seat(), 1)
    await server.holds(1)
    for number in range(400):
        hostile.connects()
        if number % 20 == 0:
            assert (await server.health())["code"] == 200
    assert hostile.cut() > 250
    await server.says("still here")
    assert b"still here" in (await poll.answer()).body


async def test_uvicorn_still_keeps_a_connection_that_was_reset():
    """When this fails, uvicorn lets go of reset connections by itself: remove docs/upstream-uvicorn.md. Ours are safe
    either way, since `BoundedProtocol.on_response_complete` starts no timer."""
    config = Config(app=nothing, lifespan="off", log_config=None)
    config.load()
    protocol = HttpToolsProtocol(config=config, server_state=ServerState(), app_state={})
    timer = protocol.timeout_keep_alive_task = asyncio.get_running_loop().call_later(75, lambda: None)
    protocol.connection_lost(ConnectionResetError())
    assert protocol.timeout_keep_alive_task is timer
    timer.cancel()


async def nothing(scope: object, receive: object, send: object) -> None:
    """An application that answers nothing."""
