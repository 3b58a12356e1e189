"""Background tasks: each is watched, and none dies silently."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from chat.clock import Clock

SHORTEST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 5.0
"""Before a job that died is started anew: twice as long after each death, until it has run for a while."""
REPORTED_SECONDS = 60.0
"""A death is reported for this long. A job that has run so long since is sound again."""

logger = structlog.get_logger()

Run = Callable[[], Awaitable[None]]


class Jobs:
    """The background tasks of a process.

    A job (`keep`, `repeat`) runs until `stop`; when it dies it is logged, reported by `problems`, and started
    anew. A task that ends by itself (`spawn`) is logged and reported when it fails.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.running: dict[str, asyncio.Task[None]] = {}
        """What each job does just now."""
        self._supervisors: list[asyncio.Task[None]] = []
        self._spawned: set[asyncio.Task[None]] = set()
        self._deaths: dict[str, tuple[float, str]] = {}

    def keep(self, name: str, run: Run) -> None:
        """Keep `run`, which never ends by itself, running."""
        self._supervisors.append(asyncio.create_task(self._supervise(name, run), name=f"supervisor of {name}"))

    def repeat(self, name: str, seconds: float, run: Run) -> None:
        """Run `run` every so many seconds."""

        async def for_ever() -> None:
            while True:
                await self.clock.sleep(seconds)
                await run()

        self.keep(name, for_ever)

    def spawn(self, name: str, coroutine: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Start a task that ends by itself."""
        task = asyncio.create_task(coroutine, name=name)
        self._spawned.add(task)
        task.add_done_callback(self._settle)
        return task

    def problems(self) -> dict[str, str]:
        """Which jobs died lately, and of what."""
        since = self.clock.monotonic() - REPORTED_SECONDS
        return {name: cause for name, (at, cause) in self._deaths.items() if at > since}

    async def stop(self) -> None:
        """End everything."""
        tasks = [*self._supervisors, *self._spawned]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _supervise(self, name: str, run: Run) -> None:
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            began = self.clock.monotonic()
            task = self.running[name] = asyncio.create_task(_awaited(run), name=name)
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                task.cancel()
                await asyncio.wait([task])
                raise
            if self.clock.monotonic() - began > REPORTED_SECONDS:
                pause = SHORTEST_PAUSE_SECONDS
            self._report(name, task)
            await self.clock.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _settle(self, task: "asyncio.Task[None]") -> None:
        self._spawned.discard(task)
        if not task.cancelled() and task.exception():
            self._report(task.get_name(), task)

    def _report(self, name: str, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        cause = repr(error) if error else "cancelled" if task.cancelled() else "ended"
        logger.error("job died", job=name, cause=cause, exc_info=error)
        self._deaths[name] = self.clock.monotonic(), cause


async def _awaited(run: Run) -> None:
    await run()
