"""Held polls: who waits, for how long, and how many at once."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chat.live.places import Connection, Place, Places
from chat.live.tail import Tail

HELD_PER_BROWSER = 3
"""A browser has about six HTTP/1.1 connections for all its windows; the rest must stay free for posts and pages."""
ABSENT_SECONDS = 60.0
"""A window whose last poll ended longer ago was away, and is shown where the unread begin."""
REMEMBERED = 50_000
"""Windows whose last poll is remembered."""


class Waiting:
    """Every poll of the process that waits for news.

    Without a place a poll is not held; its window is asked to poll more slowly instead.
    """

    def __init__(
        self,
        seconds: float,
        held: int,
        clock: Callable[[], float] = time.monotonic,
        per_browser: int = HELD_PER_BROWSER,
    ) -> None:
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
        late: bool = False,
    ) -> bool:
        """Hold a poll until the tail has news (`late`: until its next wave), or the time is over.

        Answers whether the window may poll again at once; not when it has to make room: for a poll of the same
        seat, for other windows of its browser, for another network, for a request behind it on its connection, or
        because the server stops. `connection` ends it when the client is gone.
        """
        if earlier := self.held.get(seat):
            earlier.let_go()
            self.places.give_back(earlier)
        if self.closing or (connection and (connection.lost or connection.queue)):
            return False
        place = self.places.take(browser, network)
        if place is None:
            return False
        self.held[seat] = place
        if connection:
            connection.place = place
        try:
            return await self.wait(tail, place, late=late)
        finally:
            self.places.give_back(place)
            if self.held.get(seat) is place:
                del self.held[seat]
            if connection:
                connection.place = None

    async def wait(self, tail: Tail, place: Place, *, late: bool = False) -> bool:
        """The same, for a connection that has a place already."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[bool] = loop.create_future()
        place.waiter = waiter
        waiters = tail.late if late else tail.waiters
        waiters.add(waiter)  # no await since the caller looked at the tail: no event slips between
        timer = loop.call_later(self.seconds, _answer, waiter, True)
        try:
            return await waiter
        finally:
            timer.cancel()
            tail.waiters.discard(waiter)
            tail.late.discard(waiter)
            place.waiter = None

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
        self.places.let_go()


def _answer(waiter: "asyncio.Future[bool]", again: bool) -> None:
    if not waiter.done():
        waiter.set_result(again)
