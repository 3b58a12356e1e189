"""What one core, one machine and a fleet carry: arithmetic over measured costs.

python -m bench.scaling                      the table of docs/scaling.md
python -m bench.scaling --copy-us 90         with another cost of a delivered copy
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, fields
from typing import NamedTuple


@dataclass(frozen=True)
class Costs:
    """Of one process on one core. `docs/scaling.md` says where each figure comes from."""

    copy_us: float = 125.0
    """CPU of one message delivered to one window, its next poll included."""
    hold_us: float = 100.0
    """CPU of a poll that found nothing, and of the next one."""
    hold_seconds: float = 20.0
    window_kib: float = 18.0
    """Memory of a window that waits."""
    base_mib: float = 120.0
    """Memory of a process that holds nothing."""
    commit_ms: float = 1.7
    """PostgreSQL's time for one batch."""
    batch: float = 1.0
    """Posts in a batch, on average: spread over many processes, each stores alone."""
    hot_room_ms: float = 6.0
    """From one batch of a room to the next, when every process wants it."""
    wake_us: float = 600.0
    """CPU with which a process takes a wake-up and reads what it lacks."""
    load: float = 0.6
    """Of a core that may be used, for the sake of latency."""


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
    Case("100,000 in one room", 100_000, 1, 1.0),
)


class Need(NamedTuple):
    """What a case needs."""

    cores: int
    gib: float
    databases: int
    """Cores of PostgreSQL that commit."""
    copies: float
    """A second."""


def need(case: Case, costs: Costs) -> Need:
    """The processes wake each other, so their number adds to their work: solved by taking more until it fits."""
    copies = case.windows * case.messages
    waiting = case.windows / costs.hold_seconds
    fixed = (copies * costs.copy_us + waiting * costs.hold_us) / 1e6
    cores = max(math.ceil(fixed / costs.load), 1)
    while cores < 1_000_000 and fixed + wakes(case, cores) * costs.wake_us / 1e6 > cores * costs.load:
        cores += max(cores // 100, 1)
    memory = (case.windows * costs.window_kib / 1024 + cores * costs.base_mib) / 1024
    databases = math.ceil(case.posts / costs.batch * costs.commit_ms / 1000 / costs.load)
    return Need(cores, memory, databases, copies)


def wakes(case: Case, processes: int) -> float:
    """Wake-ups that are read, a second: a process reads those of rooms that it has windows of."""
    windows_a_room = case.windows / case.rooms
    has_one = 1 - (1 - 1 / processes) ** windows_a_room
    return case.posts * processes * has_one


def one_core(costs: Costs) -> dict[str, float]:
    """What one core does when it does nothing else."""
    return {
        "copies a second": costs.load * 1e6 / costs.copy_us,
        "windows that wait": costs.load * 1e6 / costs.hold_us * costs.hold_seconds,
        "windows a GiB": 1024 * 1024 / costs.window_kib,
        "posts a second, many rooms": costs.batch / costs.commit_ms * 1000,
        "batches a second, one room": 1000 / costs.hot_room_ms,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for cost in fields(Costs):
        parser.add_argument(f"--{cost.name.replace('_', '-')}", type=float, default=cost.default)
    costs = Costs(**vars(parser.parse_args()))
    for what, value in one_core(costs).items():
        print(f"| {what} | {value:,.0f} |")
    print("\n| | copies/s | posts/s | cores | GiB | database cores |\n|---|---|---|---|---|---|")
    for case in CASES:
        found = need(case, costs)
        print(
            f"| {case.name} | {found.copies:,.0f} | {case.posts:,.0f} | {found.cores:,} | {found.gib:,.1f} "
            f"| {found.databases} |"
        )


if __name__ == "__main__":
    main()
