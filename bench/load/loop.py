"""A small event loop on epoll: coroutines that wait for answers and for the clock, and nothing else.

asyncio costs more for a request than the floors that are to be loaded, and its
transports hide when the kernel received the bytes.
"""

import heapq
import itertools
import select
import sys
import time
import types
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")
Waker = Callable[[Any], None]
"""Goes on with a coroutine; its argument is what the coroutine waited for."""
Arrange = Callable[[Waker], None]
"""Sees to it that a waiting coroutine is woken."""
Chore = Coroutine[Any, Any, Any]
PATIENCE_SECONDS = 180.0
"""Far longer than anything that is measured."""


class Source(Protocol):
    """What has a socket in the loop."""

    def ready(self, event: int) -> bool: ...
    def handle(self) -> None: ...


@types.coroutine
def wait(arrange: Arrange) -> Generator[Arrange, Any, Any]:
    """Suspend the coroutine until it is woken."""
    return (yield arrange)


class Loop:
    """Runs coroutines of one thread."""

    def __init__(self) -> None:
        self.epoll = select.epoll()
        self.sources: dict[int, Source] = {}
        self._timers: list[tuple[float, int, Waker]] = []
        self._tie = itertools.count()

    def run(self, main: Coroutine[Any, Any, Result]) -> Result:
        """Run until `main` is done; what was started goes on at the next run. A server that is swamped ends it."""
        ended: list[Any] = []
        start(main, ended.append)
        end = time.monotonic() + PATIENCE_SECONDS
        while not ended:
            self._turn()
            if time.monotonic() > end:
                sys.exit(f"no end after {PATIENCE_SECONDS:.0f} s: a request was never answered")
        return ended[0]  # type: ignore[no-any-return]

    def _turn(self) -> None:
        now = time.monotonic()
        while self._timers and self._timers[0][0] <= now:
            heapq.heappop(self._timers)[2](None)
        pause = max(0.0, self._timers[0][0] - time.monotonic()) if self._timers else 0.1
        found = [
            source
            for number, event in self.epoll.poll(pause, 8192)
            if (source := self.sources.get(number)) and source.ready(event)
        ]
        for source in found:  # read all first, think after
            source.handle()

    async def sleep(self, seconds: float) -> None:
        """Wait for the clock."""
        due = time.monotonic() + seconds
        await wait(lambda waker: heapq.heappush(self._timers, (due, next(self._tie), waker)))

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something is true, but no longer than so many seconds; answers whether it is."""
        end = time.monotonic() + seconds
        while not true() and time.monotonic() < end:
            await self.sleep(0.01)
        return true()


async def together(chores: Iterable[Chore]) -> None:
    """Run these at the same time, and wait for all of them."""
    waiting = list(chores)
    left = len(waiting)

    def arrange(waker: Waker) -> None:
        def ended(_: Any) -> None:
            nonlocal left
            left -= 1
            if not left:
                waker(None)

        for chore in waiting:
            start(chore, ended)

    if waiting:
        await wait(arrange)


def start(chore: Chore, ended: Callable[[Any], None] = lambda _: None) -> None:
    """Begin a coroutine, and tell its result when it ends. What it raises ends the run."""

    def step(value: Any) -> None:
        try:
            arrange = chore.send(value)
        except StopIteration as end:
            ended(end.value)
        else:
            arrange(step)

    step(None)
