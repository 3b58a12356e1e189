"""Several processes with one PostgreSQL: what posts cost there, and how soon the others' windows hear of them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.load.chats import Chatroom, Window
from bench.load.connection import CLOCK
from bench.load.fan_out import FanOut
from bench.load.figures import Figures, spread
from bench.load.loop import together
from bench.load.process import Meter
from bench.load.side import Side, served
from tests.kit import postgres

PROCESSES = 3
POSTERS = 15
"""A number that the processes share evenly."""
LONE, HEARD = "a lone post", "heard on another process"
ONE_PROCESS, ALL_PROCESSES = f"{POSTERS} posters, one process", f"{POSTERS} posters, {PROCESSES} processes"
GAP = 0.1
"""Seconds between two messages that somebody elsewhere hears."""


TICK = os.sysconf("SC_CLK_TCK")


class Durable(postgres.OwnPostgres):
    """One that does not lie to the disk, and tells what it worked."""

    options: Mapping[str, str] = {**postgres.OPTIONS, "fsync": "on", "full_page_writes": "on"}

    def cpu_s(self) -> float:
        """Seconds of CPU of all its processes, ever; in steps of ten milliseconds."""
        first = (self._data / "postmaster.pid").read_text().split()[0]
        return sum(ticks for pid, parent, ticks in processes() if first in (pid, parent)) / TICK


def processes() -> Iterator[tuple[str, str, int]]:
    """Each process, its parent, and the ticks that it and its ended children took."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            rest = stat.read_text().rpartition(") ")[2].split()
            yield stat.parent.name, rest[1], sum(map(int, rest[11:15]))


class Member(Chatroom):
    """One process of several that share a database."""

    def __init__(self, number: int, url: str) -> None:
        super().__init__(name=f"process {number}")
        self.shared = {"CHATROOM_DATABASE_URL": url, "CHATROOM_SECRET_KEY": "shared by all", "CHATROOM_LIMITS": "off"}

    def environment(self, port: int, folder: object) -> dict[str, str]:
        return {"CHATROOM_PORT": str(port), **self.shared}


def measure(rounds: int, seconds: float, messages: int) -> list[Figures]:
    """Each row tells of the processes that are in it together; the last of the one that only hears."""
    with members() as (sides, database):
        first, second = sides[:2]

        def post(count: int, *those: Side) -> Figures:
            before = database.cpu_s()
            found = posting(list(those), count, "lobby", seconds)
            spent = (database.cpu_s() - before) * 1e6 / found["count"]
            return {**found, "database_us": round(spent, 1)}

        rows = []
        for _ in range(rounds):
            rows += [
                {"what": LONE, **post(1, first)},
                {"what": ONE_PROCESS, **post(POSTERS, first)},
                {"what": ALL_PROCESSES, **post(POSTERS, *sides)},
                {"what": HEARD, **heard(first, second, messages)},
            ]
    return rows


@contextmanager
def members() -> Iterator[tuple[list[Side], Durable]]:
    """Processes on one core, and a PostgreSQL on the generator's."""
    with postgres.started(Durable) as server:
        url = server.create()
        with served(*(Member(number, url) for number in range(PROCESSES))) as sides:
            yield sides, server


def posting(sides: list[Side], count: int, room: str, seconds: float) -> Figures:
    """So many posters in one room, each with one of these processes, who post as soon as they are answered."""
    loop, times, refused = sides[0].loop, list[int](), 0
    stopped = False

    async def post(side: Side, person: Window) -> None:
        nonlocal refused
        while not stopped:
            asked = CLOCK()
            answer = await person.connection.ask(side.chat.post(person, "hello"))
            times.append(answer.at - asked)
            refused += answer.status != 200

    async def wait() -> None:
        nonlocal stopped
        await loop.sleep(seconds)
        stopped = True

    people = [(side, person) for side in sides for person in side.enter(count // len(sides), room)]
    meters = [Meter(side.process) for side in sides]
    loop.run(together([wait(), *(post(side, person) for side, person in people)]))
    spent = [meter.read() for meter in meters]
    cpu = sum(each["cpu_s"] for each in spent)
    return {
        "cpu_us": round(cpu * 1e6 / len(times), 1),
        "per_s": round(len(times) / seconds),
        "count": len(times),
        "refused": refused,
        **spread(times),
    }


def heard(speaks: Side, listens: Side, messages: int) -> Figures:
    """One window, on another process than the poster's: `cpu_us` is what its process spends on a message."""
    (poster,), (window,) = speaks.enter(1, "elsewhere"), listens.enter(1, "elsewhere")
    listens.listen([window])
    found = FanOut(listens, [window]).measure(poster, messages, GAP)
    return {key: found[key] for key in ("cpu_us", "p50_ms", "p95_ms", "p99_ms", "lost", "refused")}
