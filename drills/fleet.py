"""The drill for several processes with one PostgreSQL: each may die, so may it, and every connection.

    python -m drills.fleet --seed 7 --faults 30 --windows 150

It starts a PostgreSQL of its own. As in `drills.drill`, every window must end with the whole log.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from chat.domain import seats
from drills.drill import Drill, Plan, parse, run
from tests.kit import postgres
from tests.kit.postgres import OwnPostgres
from tests.kit.process import Process
from tests.kit.proxies import CuttableProxy, FaultProxy
from tests.kit.stored import Stored

SILENT_SECONDS = 1.0
HAPPENINGS = {
    "kill": 4,  # a process, and it is started again
    "stop": 2,  # likewise, in peace
    "cut": 2,  # every window's connection
    "disconnect": 3,  # a process's connections to its database break
    "silence": 2,  # they stand still for a while
    "listeners": 3,  # whatever listens for wake-ups is ended
    "crash": 2,  # PostgreSQL crashes, and is started again
}


class Fleet(Drill):
    """Connections come to any process: no window belongs to one."""

    happenings: ClassVar[dict[str, int]] = HAPPENINGS

    def __init__(
        self, plan: Plan, servers: list[Process], ways: list[CuttableProxy], database: OwnPostgres, url: str
    ) -> None:
        super().__init__(plan, servers[0])
        self.servers = servers
        self.ways = ways
        self.database = database
        self.url = url

    async def _start(self) -> None:
        await asyncio.gather(*(server.starts_up() for server in self.servers))

    async def _stop(self) -> None:
        await asyncio.gather(*(server.is_stopped() for server in self.servers))

    def _network(self) -> FaultProxy:
        return Spreading([server.port for server in self.servers], self.random("network"))

    def _port(self, number: int) -> int:
        return self.servers[number % len(self.servers)].port

    async def _stored(self) -> Stored:
        rows = await postgres.run(
            self.url,
            "SELECT name, last_seq, seq, kind, text FROM room LEFT JOIN event ON event.room = room.id ORDER BY seq",
        )
        return Read(rows)

    def _faults(self) -> list[str]:
        return [fault for server in self.servers for fault in server.faults()]

    async def _happens(self, fault: str, random: Random) -> None:
        which = random.randrange(len(self.servers))
        if fault in ("kill", "stop"):
            await self._goes_down(self.servers[which], fault)
            await self._sleep(random.uniform(0.0, self.plan.pause / 4))
            await self.servers[which].starts_up()
        elif fault == "disconnect":
            self.ways[which].cut_all()
        elif fault == "silence":
            self.ways[which].fall_silent()
            await self._sleep(SILENT_SECONDS)
            self.ways[which].speak_again()
        elif fault == "listeners":
            await cut_listeners(self.url)
        elif fault == "crash":
            await asyncio.to_thread(self.database.stop)
            await self._sleep(random.uniform(0.0, self.plan.pause / 4))
            await asyncio.to_thread(self.database.start)
        await self._check_stored()


class Spreading(FaultProxy):
    """A faulty network that leads each connection to any of the processes."""

    def __init__(self, ports: list[int], random: Random) -> None:
        super().__init__(0, random)
        self._ports = ports

    def server(self) -> tuple[str, int]:
        return "127.0.0.1", self._random.choice(self._ports)


class Read(Stored):
    """What PostgreSQL holds."""

    def __init__(self, rows: list[Any]) -> None:
        self.integrity = ["ok"]
        self.last_seqs = {row["name"]: row["last_seq"] for row in rows}
        self.events = {room: [] for room in self.last_seqs}
        for row in rows:
            if row["seq"]:
                self.events[row["name"]].append((row["seq"], row["kind"], row["text"]))


async def cut_listeners(url: str) -> int:
    """End whatever listens for wake-ups: how many there were."""
    cut = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE query LIKE 'LISTEN%' AND datname = current_database()
    """
    return int((await postgres.run(url, cut))[0][0])


@asynccontextmanager
async def fleet(plan: Plan, folder: Path, database: OwnPostgres, count: int = 3) -> AsyncIterator[Fleet]:
    """A drill that leaves no process behind."""
    url = await asyncio.to_thread(database.create)
    async with AsyncExitStack() as stack:
        ways = [await stack.enter_async_context(CuttableProxy(url)) for _ in range(count)]
        servers = []
        key = seats.new_id()
        for number, way in enumerate(ways):
            (folder / f"{number}").mkdir()
            server = Process(folder / f"{number}", DATABASE_URL=way.url, SECRET_KEY=key, HOLD_SECONDS=str(plan.hold))
            stack.push_async_callback(server.ends)
            servers.append(server)
        yield Fleet(plan, servers, ways, database, url)
    await asyncio.to_thread(database.drop, url)


async def main(plan: Plan) -> None:
    with postgres.own() as database, tempfile.TemporaryDirectory() as folder:
        async with fleet(plan, Path(folder), database) as ours:
            await run(ours)


if __name__ == "__main__":
    try:
        asyncio.run(main(parse()))
    except AssertionError as broken:
        sys.exit(f"BROKEN: {broken}")
