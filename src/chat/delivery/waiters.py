"""Held polls: who waits, for how long, and how many at once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chat.delivery.places import Connection, Place, Places
from chat.delivery.tail import Tail
from chat.sizes import Sizes

HELD_PER_BROWSER = 3
"""A browser has about six HTTP/1.1 connections for all its windows; the rest must stay free for posts and pages."""


class Waiters:
    """Every poll of the process that waits for news.

    Without a place a poll is not held; its window is asked to poll more slowly instead.
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
        self.places = Places(held, per_browser)
        self.closing = False
        self.held: dict[str, Place] = {}
        """The place of each seat whose poll is held."""
        self._clock = clock
        self._ended: OrderedDict[str, float] = OrderedDict()

    @contextmanager
    def place(self, browser: str, network: str) -> Iterator[Place | None]:
        """A place for a connection that stays open while this lasts; None: there is none."""
        place = None if self.closing else self.places.take(browser, network)
        try:
            yield place
        finally:
            if place:
                self.places.give_back(place)

    async def hold(
        self,
        tail: Tail,
        seat: str,
        browser: str,
        network: str,
        connection: Connection | None = None,
        *,
        next_wave: bool = False,
    ) -> bool:
        """Hold a poll until the tail has news (`next_wave`: until its next wave), or the time is over.

        Answers whether the window may poll again at once; not when it has to make room: for a poll of the same
        seat, for other windows of its browser, for another network, for a request behind it on its connection, or
        because the server stops. `connection` ends it when the client is gone.
        """
        if earlier := self.held.get(seat):
            earlier.let_go()
            self.places.give_back(earlier)
        if self.closing or (connection and (connection.lost or connection.has_more)):
            return False
        place = self.places.take(browser, network)
        if place is None:
            return False
        self.held[seat] = place
        if connection:
            connection.place = place
        try:
            return await self.wait(tail, place, next_wave=next_wave)
        finally:
            self.places.give_back(place)
            if self.held.get(seat) is place:
                del self.held[seat]
            if connection:
                connection.place = None

    async def wait(self, tail: Tail, place: Place, *, next_wave: bool = False) -> bool:
        """The same, for a connection that has a place already."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        place.waiter = waiter
        waiters = tail.next_wave if next_wave else tail.waiters
        waiters.add(waiter)  # no await since the caller looked at the tail: no event slips between
        timer = loop.call_later(self.seconds, _answer, waiter, True)
        try:
            return await waiter
        finally:
            timer.cancel()
            tail.waiters.discard(waiter)
            tail.next_wave.discard(waiter)
            place.waiter = None

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
        self.places.let_go()


def _answer(waiter: "asyncio.Future[bool]", again: bool) -> None:
    if not waiter.done():
        waiter.set_result(again)
