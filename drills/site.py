"""The drill for a whole site: nginx, several hosts with a process each, and PostgreSQL on a host of its own.

    python -m drills.site --seed 7 --faults 30 --windows 150

Hosts are network namespaces, so their cables can be pulled. As in `drills.drill`, every window must
end with the whole log. Where the machine allows no namespaces it says so, and exits with 75.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import ClassVar

from chat.domain import seats
from drills import hosts
from drills.drill import Plan, parse, run
from drills.fleet import Fleet
from drills.hosts import Host, Impossible
from tests.kit import postgres
from tests.kit.process import Process
from tests.kit.proxies import FaultProxy
from tests.kit.reverse_proxies import Nginx

HAPPENINGS = {
    "kill": 3,  # a process, and it is started again
    "stop": 2,  # likewise, in peace
    "cut": 2,  # every window's connection
    "unplug": 4,  # a host's cable
    "lonely": 2,  # the database's cable
    "listeners": 1,  # whatever listens for wake-ups is ended
    "crash": 2,  # PostgreSQL crashes, and is started again
    "proxy": 2,  # nginx is started anew
}
NOT_HERE = 75


class Site(Fleet):
    """Windows know the proxy only."""

    happenings: ClassVar[dict[str, int]] = HAPPENINGS

    def __init__(self, plan: Plan, machines: list[Machine], database: Elsewhere, url: str, proxy: Nginx) -> None:
        super().__init__(plan, list(machines), [], database, url)
        self.machines = machines
        self.elsewhere = database
        self.proxy = proxy

    async def _start(self) -> None:
        await super()._start()
        self.proxy.start()

    async def _stop(self) -> None:
        await super()._stop()
        self.proxy.stop()

    def _network(self) -> FaultProxy:
        return FaultProxy(self.proxy.port, self.random("network"))

    def _port(self, number: int) -> int:
        return self.proxy.port

    async def _happens(self, fault: str, random: Random) -> None:
        if fault == "unplug":
            await self._is_unplugged(random.choice(self.machines).host, random)
        elif fault == "lonely":
            await self._is_unplugged(self.elsewhere.host, random)
        elif fault == "proxy":
            self.proxy.stop()
            await self._sleep(random.uniform(0.0, self.plan.pause / 4))
            self.proxy.start()
        else:
            return await super()._happens(fault, random)
        await self._check_stored()

    async def _is_unplugged(self, host: Host, random: Random) -> None:
        host.is_unplugged()
        await self._sleep(random.uniform(0.2, self.plan.pause))
        host.is_plugged_in()


class Machine(Process):
    """A process on a host."""

    def __init__(self, folder: Path, host: Host, **settings: str) -> None:
        super().__init__(folder, HOST=host.address, **settings)
        self.address = host.address
        self.host = host

    def _launch(self) -> None:
        with self.host.entered():
            super()._launch()


class Elsewhere(postgres.OwnPostgres):
    """PostgreSQL on a host of its own."""

    def __init__(self, folder: Path, host: Host) -> None:
        super().__init__(folder, host.address)
        self.host = host

    def _call(self, program: str, *options: str) -> None:
        with self.host.entered():
            super()._call(program, *options)


@asynccontextmanager
async def site(plan: Plan, folder: Path, count: int = 3) -> AsyncIterator[Site]:
    """A drill that leaves no process behind. Raises Impossible."""
    if not Nginx.program():
        raise Impossible("no nginx: install nginx-light")
    hosts.leave()
    key = seats.new_id()
    async with AsyncExitStack() as stack:
        database = stack.enter_context(postgres.started(partial(Elsewhere, host=Host("database", 100))))
        url = await asyncio.to_thread(database.create)
        machines = []
        for number in range(1, count + 1):
            (folder / f"{number}").mkdir()
            machine = Machine(
                folder / f"{number}",
                Host(f"chat{number}", number),
                DATABASE_URL=url,
                SECRET_KEY=key,
                HOLD_SECONDS=str(plan.hold),
                TRUSTED_PROXIES=hosts.STREET,
            )
            stack.push_async_callback(machine.ends)
            machines.append(machine)
        proxy = Nginx(folder / "nginx", [f"{machine.address}:{machine.port}" for machine in machines], tls=False)
        stack.callback(proxy.stop)
        yield Site(plan, machines, database, url, proxy)


async def main(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with site(plan, Path(folder)) as ours:
            await run(ours)


if __name__ == "__main__":
    try:
        asyncio.run(main(parse()))
    except AssertionError as broken:
        sys.exit(f"BROKEN: {broken}")
    except Impossible as reason:
        print(f"Not on this machine: {reason}")
        sys.exit(NOT_HERE)
