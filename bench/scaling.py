"""What one core, one machine and a fleet carry: arithmetic over the costs that `make bench` measured last.

python -m bench.scaling                  writes the tables of docs/scaling.md
python -m bench.scaling --copy-us 90     prints them, with another cost of a delivered copy
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from bench.load import report
from bench.load.__main__ import RESULTS
from bench.load.machines import ALL_PROCESSES, HEARD, LONE, ONE_PROCESS
from bench.load.scenarios import HOLD_SECONDS
from bench.load.targets import of

LOAD = 0.6
"""Of a core that may be used, for the sake of latency."""


def cost(meaning: str, unit: str = "µs of CPU") -> Any:
    return field(metadata={"meaning": meaning, "unit": unit})


@dataclass(frozen=True)
class Costs:
    """Of one process on one core, with PostgreSQL."""

    copy_us: float = cost("a message delivered to a window, its next poll included")
    hold_us: float = cost(f"a poll that found nothing, and the next one; once in {HOLD_SECONDS:.0f} s")
    window_kib: float = cost("a window that waits", "KiB")
    base_mib: float = cost("a process that holds nothing", "MiB")
    post_us: float = cost("a post, in the process that takes it")
    database_us: float = cost("a post that shares no commit, in PostgreSQL")
    wake_us: float = cost("hearing of a message that another process stored, reading and drawing it")
    room_posts: float = cost("posts in one room, through three processes on one core", "a second")


def measured() -> Costs:
    """The costs that `make bench` measured last."""
    found = json.loads(RESULTS.read_text())
    held, machines, ours = found["held"], found["machines"], "Chatroom"
    return Costs(
        copy_us=of(found["fan_out"], "cpu_us", side=ours, windows=1000),
        hold_us=of(held, "cpu_ms", side=ours) * 1000 * HOLD_SECONDS / 60,
        window_kib=of(held, "kib", side=ours),
        base_mib=of(held, "base_kib", side=ours) / 1024,
        post_us=of(machines, "cpu_us", what=ONE_PROCESS),
        database_us=of(machines, "database_us", what=LONE),
        wake_us=of(machines, "cpu_us", what=HEARD),
        room_posts=of(machines, "per_s", what=ALL_PROCESSES),
    )


class Case(NamedTuple):
    """Windows, in rooms, each of which hears so many messages a second."""

    name: str
    windows: int
    rooms: int
    messages: float

    @property
    def posts(self) -> float:
        """A second, over all rooms."""
        return self.rooms * self.messages


CASES = (
    Case("a busy room", 1_000, 1, 3.0),
    Case("a large site", 20_000, 400, 0.2),
    Case("a million in 10,000 rooms", 1_000_000, 10_000, 0.1),
    Case("the same, a room on few processes", 1_000_000, 10_000, 0.1),
    Case("100,000 in one room", 100_000, 1, 1.0),
)
FEW = 2
"""Processes that serve a room, where the proxy sends it to few."""


class Need(NamedTuple):
    """What a case needs."""

    copies: float
    """A second."""
    cores: int
    wake_cores: float
    """Of these, for hearing of each other's messages."""
    gib: float
    database_cores: int


def need(case: Case, costs: Costs) -> Need:
    """The processes wake each other, so their number adds to their work: solved by taking more until it fits."""
    copies = case.windows * case.messages
    waiting = case.windows / HOLD_SECONDS
    fixed = (copies * costs.copy_us + waiting * costs.hold_us + case.posts * costs.post_us) / 1e6
    cores = max(math.ceil(fixed / LOAD), 1)
    while cores < 1_000_000 and fixed + wakes(case, cores) * costs.wake_us / 1e6 > cores * LOAD:
        cores += max(cores // 100, 1)
    memory = (case.windows * costs.window_kib / 1024 + cores * costs.base_mib) / 1024
    database = math.ceil(case.posts * costs.database_us / 1e6 / LOAD)
    return Need(copies, cores, wakes(case, cores) * costs.wake_us / 1e6 / LOAD, memory, database)


def wakes(case: Case, processes: int) -> float:
    """Wake-ups that are read, a second: a process reads those of rooms that it has windows of, but not its own."""
    windows_a_room = case.windows / case.rooms
    if "few" in case.name:
        processes = min(FEW, processes)
    has_one = 1 - (1 - 1 / processes) ** windows_a_room
    return float(case.posts * (processes - 1) * has_one)


def one_core(costs: Costs) -> list[tuple[str, str]]:
    """What one core does when it does nothing else."""
    found = {
        "copies a second": LOAD * 1e6 / costs.copy_us,
        "windows that wait": LOAD * 1e6 / costs.hold_us * HOLD_SECONDS,
        "windows a GiB": 1024 * 1024 / costs.window_kib,
        "posts a second": LOAD * 1e6 / costs.post_us,
        "posts a second of a core of PostgreSQL": LOAD * 1e6 / costs.database_us,
        "posts a second in one room, through three processes": costs.room_posts,
    }
    return [(what, f"{value:,.0f}") for what, value in found.items()]


def tables(costs: Costs) -> dict[str, str]:
    shown = [
        (of_cost.metadata["meaning"], f"{getattr(costs, of_cost.name):,.4g} {of_cost.metadata['unit']}")
        for of_cost in fields(Costs)
    ]
    cases = []
    for case in CASES:
        found = need(case, costs)
        cases.append(
            (case.name, f"{found.copies:,.0f}", f"{case.posts:,.0f}", f"{found.cores:,}", f"{found.wake_cores:,.1f}",
             f"{found.gib:,.1f}", f"{found.database_cores}")
        )  # fmt: skip
    heads = ("", "copies/s", "posts/s", "cores", "of them for wake-ups", "GiB", "cores of PostgreSQL")
    return {
        "costs": report.markdown(("cost", "measured"), shown),
        "core": report.markdown(("one core at 60 %", ""), one_core(costs)),
        "cases": report.markdown(heads, cases),
    }


def main() -> None:
    costs = measured()
    parser = argparse.ArgumentParser(description=__doc__)
    for one in fields(Costs):
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=float, default=getattr(costs, one.name))
    chosen = Costs(**vars(parser.parse_args()))
    found = tables(chosen)
    print("\n\n".join(found.values()))
    if chosen == costs:
        report.put(found, report.DOCS / "scaling.md")


if __name__ == "__main__":
    main()
