"""The real server while its database is locked, or its disk full: posters are told, readers go on, and it heals."""

from __future__ import annotations

import asyncio
import os
import resource
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.kit.process import Process
from tests.kit.stored import Stored
from tests.kit.wire import Answer, Connection

NOT_SENT = "Not sent: the room is busy just now. Your text is still here; try again in a moment."

pytestmark = pytest.mark.timeout(240)

Trouble = Callable[[], object]


class Hardship:
    """Something that keeps the server from writing."""

    def __init__(self, begins: Trouble, ends: Trouble, tells: str) -> None:
        self.begins = begins
        self.ends = ends
        self.tells = tells
        """What /health says then."""


@pytest.fixture
async def server(folder: Path) -> AsyncIterator[Process]:
    server = Process(folder, HOLD_SECONDS="25")
    await server.starts_up()
    yield server
    await server.ends()
    assert not server.faults()


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Where the server keeps its data: for a full disk, a small disk of its own where one can be had."""
    if request.node.callspec.params.get("hardship") != "a full disk":
        yield tmp_path
        return
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "chat", tmp_path], capture_output=True).returncode:
        pytest.skip("only root can have a small disk")
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


@pytest.fixture
def hardship(request: pytest.FixtureRequest, server: Process) -> Iterator[Hardship]:
    with closing(sqlite3.connect(server.database, isolation_level=None, check_same_thread=False)) as other:
        if request.param == "a lock":
            yield Hardship(lambda: other.execute("BEGIN IMMEDIATE"), other.rollback, "locked")
        elif request.param == "a limit of file sizes":
            yield Hardship(lambda: limit_files(server, 4096), lambda: limit_files(server), "disk")
        else:
            filler = server.folder / "filler"
            yield Hardship(lambda: fill(filler), filler.unlink, "full")


def limit_files(server: Process, size: int | None = None) -> None:
    """No file of the server may be written beyond this size."""
    _, most = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size or most, most))


def fill(filler: Path) -> None:
    """Write until the disk is full."""
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            pass


async def posts(server: Process, seat: tuple[str, dict[str, str]], text: str, key: str) -> Answer:
    path, headers = seat
    return await server.asks("POST", f"{path}messages", headers, text=text, key=key)


def belongings(server: Process) -> tuple[int, int]:
    """The server's threads and open files."""
    return len(os.listdir(f"/proc/{server.pid}/task")), len(os.listdir(f"/proc/{server.pid}/fd"))


@pytest.mark.parametrize("hardship", ["a lock", "a limit of file sizes", "a full disk"], indirect=True)
async def test_posters_are_told_readers_go_on_and_it_heals_by_itself(server: Process, hardship: Hardship):
    ann, bob = server.seat(), server.seat()
    assert (await posts(server, ann, "before", "1")).status == 200
    assert (await server.health())["code"] == 200
    before = belongings(server)
    await server.asks("GET", *bob)
    poll = await server.polls(bob, after=1)
    await server.holds(1)

    hardship.begins()
    refusals = await asyncio.gather(*(posts(server, ann, f"text {number}", f"k{number}") for number in range(30)))
    assert {answer.status for answer in refusals} == {422}
    assert all(NOT_SENT in answer.body.decode() for answer in refusals)
    plain = {name: value for name, value in ann[1].items() if name != "HX-Request"}
    page = await server.asks("POST", f"{ann[0]}messages", plain, text="text 0", key="k0")
    assert page.status == 503
    assert NOT_SENT in page.body.decode()
    assert 'value="text 0"' in page.body.decode()
    health = await server.becomes(503)
    assert hardship.tells in health["database"]
    assert health["held_polls"] == 1
    read = await server.asks("GET", ann[0], plain)
    assert read.status == 200
    assert ">before<" in read.body.decode()

    hardship.ends()
    again = await asyncio.gather(*(posts(server, ann, f"text {number}", f"k{number}") for number in range(30)))
    assert {answer.status for answer in again} == {200}
    assert "text " in (await poll.answer()).body.decode()
    await server.becomes(200)
    threads, files = belongings(server)
    assert threads <= before[0] + 4
    assert files <= before[1] + 4 * 3 + 2
    await server.is_stopped()
    stored = Stored(server.database)
    stored.check()
    assert sorted(stored.texts("lobby")) == sorted(["before", *(f"text {number}" for number in range(30))])


@pytest.mark.parametrize("hardship", ["a lock"], indirect=True)
async def test_it_ends_in_time_although_the_database_is_locked(server: Process, hardship: Hardship):
    hardship.begins()
    connection = Connection(server.port)
    path, headers = server.seat()
    asked = asyncio.create_task(connection.ask("POST", f"{path}messages", headers, b"text=hi"))
    async with asyncio.timeout(10):
        while True:
            if belongings(server)[0] > 1 and not asked.done():
                break
            await asyncio.sleep(0.01)
    assert await server.is_stopped() < 10
    asked.cancel()
    connection.close()
    hardship.ends()


@pytest.mark.parametrize("hardship", ["a lock"], indirect=True)
async def test_health_forgets_a_failure_although_nobody_posts(server: Process, hardship: Hardship):
    hardship.begins()
    health = await server.health()
    assert (health["code"], health["database"]) == (503, "database is locked")
    hardship.ends()
    await server.becomes(200)
