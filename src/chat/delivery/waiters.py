"""Held polls: who waits, for how long, and how many at once."""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chat.delivery.places import Connection, Place, Places, Waiter
from chat.delivery.tail import Tail
from chat.sizes import Sizes

HELD_PER_BROWSER = 3
"""A browser has about six HTTP/1.1 connections for all its windows; the rest must stay free for posts and pages."""
TOGETHER_SECONDS = 0.02
"""Polls whose time is over within so long are answered at once."""


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
        self.now = clock()
        """The time as it was last asked for: while polls come, just now."""
        self._ended: OrderedDict[str, float] = OrderedDict()
        self._marked: dict[str, int] = {}
        """Whose last answer marked what they had missed, and the cursor that it followed."""
        self._line: OrderedDict[Waiter, float] = OrderedDict()
        """All who wait, in the order in which their time is over, and when that is, in seconds of the loop."""
        self._next_end = math.inf
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def place(self, browser: str, network: str) -> Iterator[Place | None]:
        """A place for a connection that stays open while this lasts; None: there is none."""
        place = None if self.closing else self.places.take(browser, network)
        try:
            yield place
        finally:
            if place:
                self.places.give_back(place)

    def enter(self, seat: str, browser: str, network: str, connection: Connection | None = None) -> Place | None:
        """A place for a poll of this seat, in the place of its earlier one; None: it must not be held."""
        if earlier := self.held.get(seat):
            earlier.let_go()
            self.places.give_back(earlier)
        if self.closing or (connection and (connection.lost or connection.has_more)):
            return None
        place = self.places.take(browser, network)
        if place:
            self.held[seat] = place
            if connection:
                connection.place = place
        return place

    def leave(self, seat: str, place: Place, connection: Connection | None = None) -> None:
        """The poll ends: its place is free, unless it was given away already."""
        self.places.give_back(place)
        if self.held.get(seat) is place:
            del self.held[seat]
        if connection:
            connection.place = None

    def park(self, tail: Tail, place: Place, waiter: Waiter, *, next_wave: bool = False) -> None:
        """Let it wait for the tail's news (`next_wave`: its next wave), or for the hold time.

        No await since the caller looked at the tail: no event slips between.
        """
        place.waiter = waiter
        (tail.next_wave if next_wave else tail.waiters).add(waiter)
        loop = asyncio.get_running_loop()
        self._line[waiter] = until = loop.time() + self.seconds
        if until < self._next_end:
            self._end_at(until, loop)

    def unpark(self, tail: Tail, place: Place, waiter: Waiter) -> None:
        """It waits no longer."""
        self._line.pop(waiter, None)
        tail.waiters.discard(waiter)
        tail.next_wave.discard(waiter)
        place.waiter = None

    def _end_waits(self, loop: asyncio.AbstractEventLoop) -> None:
        """Answer those whose time is over. All wait equally long, so that they stand in the order of their ends."""
        now = loop.time() + TOGETHER_SECONDS
        self._next_end = math.inf
        while self._line:
            waiter, until = next(iter(self._line.items()))
            if until > now:
                return self._end_at(until, loop)
            del self._line[waiter]
            if not waiter.done():
                waiter.set_result(True)

    def _end_at(self, until: float, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer:
            self._timer.cancel()
        self._next_end, self._timer = until, loop.call_at(until, self._end_waits, loop)

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
        place = self.enter(seat, browser, network, connection)
        if place is None:
            return False
        try:
            return await self.wait(tail, place, next_wave=next_wave)
        finally:
            self.leave(seat, place, connection)

    async def wait(self, tail: Tail, place: Place, *, next_wave: bool = False) -> bool:
        """The same, for a connection that has a place already."""
        waiter: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.park(tail, place, waiter, next_wave=next_wave)
        try:
            return await waiter
        finally:
            self.unpark(tail, place, waiter)

    def ended(self, seat: str, marked: int | None = None) -> None:
        """Remember that a poll of this seat ends now; `marked`: its cursor, when its answer marks what was missed."""
        self._ended[seat] = self.now = self._clock()
        self._ended.move_to_end(seat)
        if marked is not None:
            self._marked[seat] = marked
        elif seat in self._marked:
            del self._marked[seat]
        if len(self._ended) > self._sizes.windows:
            forgotten, _ = self._ended.popitem(last=False)
            self._marked.pop(forgotten, None)

    def ended_at(self, seat: str) -> float:
        """When the seat's last poll ended, in seconds of the clock; long ago when that is not remembered."""
        return self._ended.get(seat, -math.inf)

    def is_absent(self, seat: str, after: int) -> bool | None:
        """Whether the seat's last poll ended so long ago that what it missed is marked; None: not remembered.

        So it is too when its last answer did so and it asks from the same cursor again: the answer was lost.
        """
        ended = self._ended.get(seat)
        if ended is None:
            return None
        self.now = self._clock()
        is_asked_again = seat in self._marked and self._marked[seat] == after
        return is_asked_again or self.now - ended > self._sizes.absent_seconds

    def reconsider(self, concerns: Callable[[str, str, str], bool]) -> None:
        """Answer the polls of those whom something new concerns (seat, browser, network), and look at every stream."""
        polls = {place: seat for seat, place in self.held.items()}
        for place in self.places.all():
            seat = polls.get(place)
            if seat is None or concerns(seat, place.browser, place.network):
                place.let_go()

    def release(self) -> None:
        """The server stops: let every poll go with an ordinary answer, and hold no more."""
        self.closing = True
        self.places.let_go()
