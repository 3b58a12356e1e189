"""Held polls: who waits, for how long, and how many at once."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from chat.delivery.tail import Tail
from chat.sizes import Sizes

HELD_PER_BROWSER = 3
"""A browser has about six HTTP/1.1 connections for all its windows; the rest must stay free for posts and pages."""


class Held(NamedTuple):
    """A poll that waits."""

    waiter: "asyncio.Future[bool]"
    browser: str


class Waiters:
    """Every poll of the process that waits for news.

    Over a bound a poll is not held; its window is asked to poll more slowly instead.
    """

    def __init__(
        self,
        seconds: float,
        held: int,
        clock: Callable[[], float] = time.monotonic,
        per_browser: int = HELD_PER_BROWSER,
        sizes: Sizes | None = None,
    ) -> None:
        self._sizes = sizes or Sizes()
        self.seconds = seconds
        self.bound = held
        self.per_browser = per_browser
        self.closing = False
        self.held: dict[str, Held] = {}
        self._clock = clock
        self._browsers: Counter[str] = Counter()
        self._places = 0
        """Connections that stay open, the sum over all browsers."""
        self._ended: OrderedDict[str, float] = OrderedDict()

    def may_hold(self, browser: str) -> bool:
        """Whether one more connection of this browser may stay open."""
        return not self.closing and self._places < self.bound and self._browsers.get(browser, 0) < self.per_browser

    @contextmanager
    def place(self, browser: str) -> Iterator[bool]:
        """A connection that stays open while this lasts, as a held poll does; False: there is no place for it."""
        if not self.may_hold(browser):
            yield False
            return
        self._places += 1
        self._browsers[browser] += 1
        try:
            yield True
        finally:
            self._give_back(browser)

    async def hold(self, tail: Tail, seat: str, browser: str, *, next_wave: bool = False) -> bool:
        """Wait until the tail has news (`next_wave`: until its next wave), or the time is over.

        `browser`: empty for who has a place already. Answers whether the window may poll
        again at once; not when it has to make room: for a poll of the same seat, for other
        windows of its browser or of the process, or because the server stops.
        """
        if earlier := self.held.get(seat):
            _answer(earlier.waiter, False)
            self._leave(seat, earlier)
        if self.closing or (browser and not self.may_hold(browser)):
            return False
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        self.held[seat] = held = Held(waiter, browser)
        if browser:
            self._places += 1
            self._browsers[browser] += 1
        waiters = tail.next_wave if next_wave else tail.waiters
        waiters.add(waiter)  # no await since the caller looked at the tail: no event slips between
        timer = loop.call_later(self.seconds, _answer, waiter, True)
        try:
            return await waiter
        finally:
            timer.cancel()
            tail.waiters.discard(waiter)
            tail.next_wave.discard(waiter)
            self._leave(seat, held)

    def _leave(self, seat: str, held: "Held") -> None:
        """Its place is free, unless it was given away already."""
        if self.held.get(seat) is not held:
            return
        del self.held[seat]
        if held.browser:
            self._give_back(held.browser)

    def _give_back(self, browser: str) -> None:
        self._places -= 1
        self._browsers[browser] -= 1
        if not self._browsers[browser]:
            del self._browsers[browser]

    def ended(self, seat: str) -> None:
        """Remember that a poll of this seat ends now."""
        self._ended[seat] = self._clock()
        self._ended.move_to_end(seat)
        if len(self._ended) > self._sizes.windows:
            self._ended.popitem(last=False)

    def is_absent(self, seat: str) -> bool | None:
        """Whether the seat's last poll ended so long ago that what it missed is marked; None: not remembered."""
        ended = self._ended.get(seat)
        return None if ended is None else self._clock() - ended > self._sizes.absent_seconds

    def release(self) -> None:
        """The server stops: let every poll go with an ordinary answer, and hold no more."""
        self.closing = True
        for held in self.held.values():
            _answer(held.waiter, False)


def _answer(waiter: "asyncio.Future[bool]", again: bool) -> None:
    if not waiter.done():
        waiter.set_result(again)
