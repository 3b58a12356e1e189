"""A drill: windows, posters, a faulty network, and a server that is killed again and again.

    python -m drills.drill --seed 7 --faults 30 --windows 150

At the end every window must have been shown the whole log: equal, in order, nothing twice.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from tests.kit.process import Process
from tests.kit.proxies import FaultProxy
from tests.kit.stored import Stored
from tests.kit.windows import Frame, Poster, Seat, Shown, Window

ROOM = "lobby"
FEWEST_POSTS = 50
CALM_SECONDS = 60.0
"""After the faults: time for every window to come to the end of the log."""
FAULTS = {"kill": 4, "stop": 2, "cut": 2}
"""What happens, and how often: a SIGKILL and a new start, a SIGTERM and a new start, every connection cut."""


@dataclass(frozen=True)
class Plan:
    """How much of everything; times in seconds."""

    seed: int
    faults: int = 20
    pause: float = 4.0
    """Between two faults, at most."""
    windows: int = 100
    frames: int = 5
    posters: int = 8
    posts: int = 20_000
    patience: float = 30.0
    """A window gives up waiting for an answer."""
    haste: float = 1.0
    """The windows' clocks run faster."""
    hold: float = 20.0


@dataclass
class Drill:
    """One drill, and what came of it."""

    happenings: ClassVar[dict[str, int]] = FAULTS

    plan: Plan
    server: Process
    windows: list[Window] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    posters: list[Poster] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    slowest_stop: float = 0.0
    _calm: bool = False
    _tasks: list[asyncio.Task[Any]] = field(default_factory=list)

    def random(self, name: str) -> Random:
        return Random(f"{self.plan.seed} {name}")

    async def run(self) -> None:
        """Raises AssertionError when a promise is broken."""
        await self._start()
        async with AsyncExitStack() as stack:
            proxy = await stack.enter_async_context(self._network())
            stack.push_async_callback(self._end)
            await self._open(proxy)
            await self._trouble(proxy)
            await self._come_to_rest(proxy)
        await self._stop()
        await self._check()

    async def _start(self) -> None:
        await self.server.starts_up()

    async def _stop(self) -> None:
        await self.server.is_stopped()

    def _network(self) -> FaultProxy:
        return FaultProxy(self.server.port, self.random("network"))

    def _port(self, number: int) -> int:
        """Where a window goes that has an honest network."""
        return self.server.port

    async def _stored(self) -> Stored:
        return Stored(self.server.database)

    def _faults(self) -> list[str]:
        return self.server.faults()

    # --- who is there ---

    async def _open(self, proxy: FaultProxy) -> None:
        """Three of four connections go through the faulty network; every tenth window is a duplicated tab."""
        plan = self.plan

        def port(number: int) -> int:
            return proxy.port if number % 4 else self._port(number // 4)

        for number in range(plan.windows):
            window = Window(port(number), ROOM, plan.patience, plan.haste)
            twin = self.windows[-1] if number % 10 == 9 else None
            self.windows.append(window)
            self._spawn(self._live(window, twin))
        for number in range(plan.frames):
            self.frames.append(Frame(port(number), ROOM, plan.patience, plan.haste))
            self._spawn(self.frames[-1].lives())
        for number in range(plan.posters):
            self.posters.append(Poster(port(number), ROOM, f"p{number}", plan.patience))
        for poster in self.posters:
            self._spawn(self._post(poster))

    async def _live(self, window: Window, twin: Window | None) -> None:
        if twin:
            await twin.opened.wait()
            await window.duplicates(twin)
        else:
            await window.opens()
        await window.lives()

    async def _post(self, poster: Poster) -> None:
        random = self.random(poster.name)
        await poster.takes_seat()
        while not self._calm and len(poster.said) < self.plan.posts / self.plan.posters:
            await self._does_something_else(poster, random)
            reply_to = random.choice(await poster.reads() or [None]) if random.random() < 0.03 else None
            whom = f" @p{random.randint(0, self.plan.posters)}" if random.random() < 0.1 else ""
            await poster.says(f"{poster.name} says {len(poster.said)}{whom}", reply_to.seq if reply_to else None)

    async def _does_something_else(self, poster: Poster, random: Random) -> None:
        if random.random() < 0.02:
            await poster.renames(f"{poster.name} {random.randint(0, 9)}")
        if random.random() < 0.02:
            await poster.takes_back()

    # --- what happens to them ---

    async def _trouble(self, proxy: FaultProxy) -> None:
        random = self.random("faults")
        names, weights = list(self.happenings), list(self.happenings.values())
        faults = [*names, *random.choices(names, weights, k=max(self.plan.faults - len(names), 0))]
        random.shuffle(faults)
        for fault in faults:
            await self._sleep(random.uniform(0.2, self.plan.pause))
            self.faults[fault] += 1
            if fault == "cut":
                proxy.cut_all()
            else:
                await self._happens(fault, random)
        await self._sleep(self.plan.pause)

    async def _happens(self, fault: str, random: Random) -> None:
        await self._goes_down(self.server, fault)
        await self._check_stored()
        await self._sleep(random.uniform(0.0, self.plan.pause / 4))
        await self.server.starts_up()

    async def _goes_down(self, server: Process, fault: str) -> None:
        if fault == "kill":
            await server.is_killed()
        else:
            self.slowest_stop = max(self.slowest_stop, await server.is_stopped())

    async def _come_to_rest(self, proxy: FaultProxy) -> None:
        """The network is honest again; everybody comes to the end of the log."""
        self._calm = True
        proxy.faulty = False
        proxy.cut_all()
        async with asyncio.timeout(CALM_SECONDS):
            while not await self._all_have_caught_up():
                await self._sleep(0.2)

    async def _all_have_caught_up(self) -> bool:
        if any(len(poster.acknowledged) < len(poster.said) for poster in self.posters):
            return False
        last = (await self._stored()).last_seqs.get(ROOM, 0)
        return all(window.cursor == last for window in self.windows) and all(
            frame.read and frame.read[-1] and frame.read[-1][-1].seq == last for frame in self.frames
        )

    async def _check_stored(self) -> None:
        """What was acknowledged is stored, whatever just happened; the log has no gap and needs no repair."""
        acknowledged = [(poster, len(poster.acknowledged)) for poster in self.posters]
        stored = await self._stored()
        stored.check()
        texts = Counter(stored.texts(ROOM))
        for poster, count in acknowledged:
            kept = [text for text in poster.acknowledged[:count] if text not in poster.taken_back]
            missing = [text for text in kept if texts[text] != 1]
            assert not missing, f"acknowledged, but not there once: {missing}"
            assert all(texts[text] <= 1 for text in poster.said)

    async def _check(self) -> None:
        await self._check_stored()
        stored = await self._stored()
        log = [Shown(seq, kind, text if kind == "message" else "") for seq, kind, text in stored.events[ROOM]]
        erased = {line.seq for line in log if line.kind == "message" and not line.text}
        assert self._posted() >= FEWEST_POSTS, "too little was said to show anything"
        for poster in self.posters:
            own = [text for text in stored.texts(ROOM) if text.startswith(f"{poster.name} ")]
            said = [text for text in poster.said if text not in poster.taken_back]
            assert own == said, f"{poster.name} was stored in another order"
            assert not poster.taken_back & set(stored.texts(ROOM)), f"{poster.name} took it back"
        for window in self.windows:
            assert window.reloads == 0, "a window was told that it is ahead of the log"
            seen = without(erased, window.seen)
            assert seen == log[seen[0].seq - 1 :], difference(seen, log)
            assert window.standing == [line.seq for line in log][-len(window.standing) :]
            assert len(window.standing) <= 1000
        for frame in self.frames:
            for read in (without(erased, read) for read in filter(None, frame.read)):
                assert read == log[read[0].seq - 1 : read[-1].seq], difference(read, log)
        assert not self._faults(), self._faults()[0][:2000]

    # --- tasks ---

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(coroutine))

    async def _sleep(self, seconds: float) -> None:
        """Whoever broke a promise meanwhile ends the drill."""
        await asyncio.sleep(seconds)
        for task in self._tasks:
            if task.done():
                task.result()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        everybody: list[Seat] = [*self.windows, *self.posters, *self.frames]
        for seat in everybody:
            seat.connection.close()

    def _posted(self) -> int:
        return sum(len(poster.acknowledged) for poster in self.posters)

    def report(self) -> str:
        failures = sum(seat.failures for seat in [*self.windows, *self.posters, *self.frames])
        replies = sum(poster.replies for poster in self.posters)
        taken_back = sum(len(poster.taken_back) for poster in self.posters)
        return (
            f"seed {self.plan.seed}: {len(self.windows)} windows, {len(self.frames)} without script, "
            f"{self._posted()} posts ({replies} replies, {taken_back} taken back), {failures} failed requests; "
            f"{self.server.starts} starts, {dict(self.faults)}, slowest stop {self.slowest_stop:.2f} s"
        )


def without(erased: set[int], seen: list[Shown]) -> list[Shown]:
    """What was shown, as it is now: what was taken back later has no text any more."""
    return [line._replace(text="") if line.seq in erased else line for line in seen]


def difference(seen: list[Shown], log: list[Shown]) -> str:
    """The first line that was shown otherwise than it is stored."""
    for shown, stored in zip_longest(seen, log[seen[0].seq - 1 :]):
        if shown != stored:
            return f"shown: {shown}; stored: {stored}"
    return "no difference"


@asynccontextmanager
async def drill(plan: Plan, folder: Path) -> AsyncIterator[Drill]:
    """A drill that leaves no process behind."""
    server = Process(folder, HOLD_SECONDS=str(plan.hold))
    try:
        yield Drill(plan, server)
    finally:
        await server.ends()


async def run(ours: Drill) -> None:
    """Run a drill, and print what came of it."""
    began = time.monotonic()
    print(f"The drill has seed {ours.plan.seed}.", flush=True)
    try:
        await ours.run()
    finally:
        print(ours.report(), f"({time.monotonic() - began:.0f} s)", flush=True)
    print("Every window was shown every event exactly once, in order.")


async def main(plan: Plan) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with drill(plan, Path(folder)) as ours:
            await run(ours)


def parse() -> Plan:
    parser = argparse.ArgumentParser(description="Kill and restart a server under load, and compare what windows saw.")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    for amount in fields(Plan)[1:]:
        parser.add_argument(f"--{amount.name}", type=type(amount.default), default=amount.default)
    return Plan(**vars(parser.parse_args()))


if __name__ == "__main__":
    try:
        asyncio.run(main(parse()))
    except AssertionError as broken:
        sys.exit(f"BROKEN: {broken}")
