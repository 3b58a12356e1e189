"""A long run: messages and windows come and go, and the server's memory is looked at.

    python -m drills.soak --minutes 20

A third of the windows leave and others come, all the time; the rooms change too.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Coroutine
from contextlib import suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.kit.process import Process
from tests.kit.windows import Poster, Window

POSTERS = 8
STAY_SECONDS = 60.0
SAMPLE_SECONDS = 30.0
FLAT_SHARE = 0.10
"""Memory is flat when the last quarter of the run needs at most this much more than the second."""


class Soak:
    """One run."""

    def __init__(self, server: Process, minutes: float, windows: int, rate: float) -> None:
        self.server = server
        self.end = time.monotonic() + minutes * 60
        self.windows = windows
        self.rate = rate
        self.stored = 0
        self.visits = 0
        self.samples: list[int] = []
        self.rooms = (f"room-{number}" for number in count())
        self.random = Random(7)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(POSTERS):
                tasks.create_task(self.until_the_end(self.posts(number)))
            for number in range(self.windows):
                tasks.create_task(self.until_the_end(self.comes_and_goes(stays=number % 3 > 0)))
            tasks.create_task(self.until_the_end(self.looks()))

    async def until_the_end(self, work: Coroutine[Any, Any, None]) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(work, self.end - time.monotonic())

    async def posts(self, number: int) -> None:
        poster = Poster(self.server.port, "lobby", f"poster-{number}")
        await poster.takes_seat()
        for post in count():
            began = time.monotonic()
            await poster.says(f"message {post} of poster {number}, {'long ' * self.random.randint(0, 20)}")
            poster.acknowledged.clear()
            self.stored += 1
            await asyncio.sleep(max(0.0, POSTERS / self.rate - (time.monotonic() - began)))

    async def comes_and_goes(self, stays: bool) -> None:
        while True:
            window = Window(self.server.port, "lobby" if stays else next(self.rooms))
            await window.opens()
            self.visits += 1
            try:
                async with asyncio.timeout(None if stays else self.random.uniform(0, STAY_SECONDS)):
                    while True:
                        await window.polls()
                        window.seen.clear()
            except TimeoutError:
                continue

    async def looks(self) -> None:
        began = time.monotonic()
        while True:
            self.samples.append(resident(self.server.pid))
            passed = time.monotonic() - began
            memory = self.samples[-1] / 2**20
            print(f"{passed:6.0f} s {memory:8.1f} MiB {self.stored:9} messages {self.visits:7} visits", flush=True)
            await asyncio.sleep(SAMPLE_SECONDS)

    def verdict(self) -> str:
        """The second quarter against the last one: the first fills what is bounded."""
        quarter = max(len(self.samples) // 4, 1)
        early, late = self.samples[quarter : 2 * quarter] or self.samples, self.samples[-quarter:]
        growth = (sum(late) / len(late)) / (sum(early) / len(early)) - 1
        return f"{'flat' if growth <= FLAT_SHARE else 'NOT FLAT'}: {growth:+.1%} from the second quarter to the last"


def resident(pid: int) -> int:
    """Bytes of memory a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


async def main() -> None:
    parser = argparse.ArgumentParser(description="Does the server's memory stay flat?")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--windows", type=int, default=60)
    parser.add_argument("--rate", type=float, default=200, help="messages a second")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder))
        await server.starts_up()
        soak = Soak(server, chosen.minutes, chosen.windows, chosen.rate)
        try:
            await soak.run()
            print(soak.verdict())
        finally:
            await server.ends()


if __name__ == "__main__":
    asyncio.run(main())
