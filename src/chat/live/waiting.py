"""Held polls: who waits, for how long, and how many at once."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from chat.live.tail import Tail

HELD_PER_BROWSER = 3
"""A browser has about six HTTP/1.1 connections for all its windows; the rest must stay free for posts and pages."""
ABSENT_SECONDS = 60.0
"""A window whose last poll ended longer ago was away, and is shown where the unread begin."""
REMEMBERED = 50_000
"""Windows whose last poll is remembered."""


class Waiting:
    """Every poll of the process that waits for news.

    Over a bound a poll is not held; its window is asked to poll more slowly instead.
    """

    def __init__(self, seconds: float, held: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.bound = held
        self.closing = False
        self.held: dict[str, asyncio.Future[bool]] = {}
        self._clock = clock
        self._browsers: Counter[str] = Counter()
        self._ended: OrderedDict[str, float] = OrderedDict()

    def may_hold(self, browser: str) -> bool:
        """Whether one more poll of this browser may wait."""
        return not self.closing and len(self.held) < self.bound and self._browsers.get(browser, 0) < HELD_PER_BROWSER

    async def hold(self, tail: Tail, seat: str, browser: str) -> bool:
        """Wait until the tail has news, or the time is over.

        Answers whether the window may poll again at once; not when it has to make room:
        for a poll of the same seat, for other windows of its browser or of the process,
        or because the server stops.
        """
        earlier = self.held.get(seat)
        if earlier is not None and not earlier.done():
            earlier.set_result(False)
        if not self.may_hold(browser):
            return False
        loop = asyncio.get_running_loop()
        self.held[seat] = waiter = loop.create_future()
        self._browsers[browser] += 1
        tail.waiters.add(waiter)  # no await since the caller looked at the tail: no event slips between
        timer = loop.call_later(self.seconds, _expire, waiter)
        try:
            may_go_on: bool = await waiter
            return may_go_on
        finally:
            timer.cancel()
            tail.waiters.discard(waiter)
            self._leave(seat, browser, waiter)

    def _leave(self, seat: str, browser: str, waiter: "asyncio.Future[bool]") -> None:
        if self.held.get(seat) is waiter:
            del self.held[seat]
        self._browsers[browser] -= 1
        if not self._browsers[browser]:
            del self._browsers[browser]

    def ended(self, seat: str) -> None:
        """Remember that a poll of this seat ends now."""
        self._ended[seat] = self._clock()
        self._ended.move_to_end(seat)
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def away(self, seat: str) -> float | None:
        """Seconds since the seat's last poll ended; None when it is not remembered."""
        ended = self._ended.get(seat)
        return None if ended is None else self._clock() - ended

    def release(self) -> None:
        """The server stops: let every poll go with an ordinary answer, and hold no more."""
        self.closing = True
        for waiter in self.held.values():
            if not waiter.done():
                waiter.set_result(False)


def _expire(waiter: "asyncio.Future[bool]") -> None:
    if not waiter.done():
        waiter.set_result(True)
