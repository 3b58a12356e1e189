"""`make hostile`: clients who leave, lie or never read, beside a visitor whose pages and polls are timed.

Every attack is a fixed number of connections to a server of its own on this machine. For each: the server's resident
memory before, at the end of the attack, and some seconds later; a visitor's page; what the server logged.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.kit.hostile import HUGE_HEAD, Hostile
from tests.kit.process import Process

MIB = 2**20
LATER_SECONDS = 20.0
ROOM = 60
"""Messages in the room."""

Attack = Callable[[Hostile, Process], None]


def resets(hostile: Hostile, server: Process) -> None:
    """1,000 requests of 15,000 empty headers, each reset before its answer is read."""
    for _ in range(1000):
        hostile.sends(HUGE_HEAD)
        time.sleep(0.005)
        hostile.resets()


def resets_pages(hostile: Hostile, server: Process) -> None:
    """1,000 requests for a page, each reset before it is read."""
    path, headers = server.seat()
    for _ in range(1000):
        hostile.asks(path, headers)
        time.sleep(0.002)
        hostile.resets()


def queues(hostile: Hostile, server: Process) -> None:
    """100 logs without a script, behind each four requests of 15,000 empty headers."""
    path, headers = server.seat()
    for _ in range(100):
        hostile.asks(f"{path}live", headers)
        hostile.sends(HUGE_HEAD * 4, again=False)


def never_reads(hostile: Hostile, server: Process) -> None:
    """500 connections with 250 requests for a page each, of which nothing is read."""
    path, headers = server.seat()
    for _ in range(500):
        hostile.asks(path, headers, times=250)


def says_nothing(hostile: Hostile, server: Process) -> None:
    """5,000 connections that send nothing."""
    for _ in range(5000):
        hostile.connects()


def bad_requests(hostile: Hostile, server: Process) -> None:
    """5,000 requests that are none."""
    for _ in range(5000):
        hostile.sends(b"nonsense\r\n\r\n")
        hostile.leaves()


def polls_and_leaves(hostile: Hostile, server: Process) -> None:
    """5,000 polls whose clients leave at once."""
    for _ in range(5000):
        path, headers = server.seat()
        hostile.asks(f"{path}messages?after={ROOM}", headers)
        hostile.leaves()


ATTACKS: list[Attack] = [resets, resets_pages, queues, never_reads, says_nothing, bad_requests, polls_and_leaves]


class Visitor:
    """Loads a page again and again, and keeps how long each took."""

    def __init__(self, server: Process) -> None:
        self.milliseconds: list[float] = []
        self._server = server
        self._task = asyncio.create_task(self._visits())

    async def _visits(self) -> None:
        path, headers = self._server.seat()
        page = {name: value for name, value in headers.items() if name != "HX-Request"}
        while True:
            began = time.monotonic()
            answer = await self._server.asks("GET", path, page)
            assert answer.status == 200, answer
            self.milliseconds.append((time.monotonic() - began) * 1000)
            await asyncio.sleep(0.02)

    async def leaves(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def suffer(attack: Attack, source: Path) -> str:
    """One attack on a server of its own; a row of the table."""
    start = f"import sys; sys.path.insert(0, {str(source)!r}); from chat.cli import main; main()"
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder), command=(sys.executable, "-c", start, "serve"))
        await server.starts_up()
        for number in range(ROOM):
            await server.says(f"{number} " + "x" * 100)
        await visits(server, 1.0)
        before = server.memory() / MIB
        visitor, hostile = Visitor(server), Hostile(server.port)
        await asyncio.to_thread(attack, hostile, server)
        during = server.memory() / MIB
        held = (await server.health())["held_polls"]
        await asyncio.sleep(LATER_SECONDS)
        after = server.memory() / MIB
        await visitor.leaves()
        hostile.leaves()
        lines = len(server.logged()) - 1
        await server.ends()
    median, worst = statistics.median(visitor.milliseconds), max(visitor.milliseconds)
    return (
        f"| {(attack.__doc__ or '').rstrip('.')} | {before:.0f}, {during:.0f}, {after:.0f} | "
        f"{median:.1f}, {worst:.0f} | {held} | {lines} |"
    )


async def visits(server: Process, seconds: float) -> None:
    """Warm it up."""
    visitor = Visitor(server)
    await asyncio.sleep(seconds)
    await visitor.leaves()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, default=Path("src"), help="the source to attack, such as an older one")
    parser.add_argument("--only", default="", help="part of an attack's name")
    chosen = parser.parse_args()
    print("| attack | MiB before, at its end, later | a page's ms: median, worst | polls held | lines logged |")
    print("| --- | --- | --- | --- | --- |")
    for attack in ATTACKS:
        if chosen.only in attack.__name__:
            print(asyncio.run(suffer(attack, chosen.source.resolve())), flush=True)


if __name__ == "__main__":
    main()
