"""Who is here: known from polls and streams alone, without a wake-up or an answer of its own.

Processes that share a database tell each other whom they see. A seat may poll at several of them, so seats are told,
not counts; of a room with very many, a sample that every process takes alike.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from chat.clock import Clock
from chat.delivery.waiters import Waiters
from chat.domain.presence import NOBODY, Seen, merged, sampled, shown
from chat.sizes import Sizes

AT_ONCE = 200
"""Rooms that are looked at between two turns of the loop."""


class Exchange(Protocol):
    """How processes tell each other. Both raise DatabaseError."""

    async def tell(self, seen: Mapping[str, Seen]) -> None:
        """Say whom this process sees in these rooms."""

    async def ask(self, rooms: Sequence[str]) -> Mapping[str, list[Seen]]:
        """Whom the other processes see there."""


class Presence:
    """Who is in which room. Not for several threads.

    A window is here while its poll or stream is held, and for some seconds after.
    """

    def __init__(self, waiters: Waiters, clock: Clock, sizes: Sizes, exchange: Exchange | None = None) -> None:
        self._waiters = waiters
        self._now = clock.monotonic
        self._sizes = sizes
        self._exchange = exchange
        self.rooms: dict[str, Room] = {}
        self._streams: dict[str, int] = {}
        """How many streams each seat has."""
        self.seats = 0
        """Seats in memory."""

    def comes(self, room: str, seat: str) -> None:
        """A window of this seat polls."""
        here = self.rooms.get(room)
        if here is None:
            here = self.rooms[room] = Room()
        if seat not in here.seats:
            if self.seats >= self._sizes.present:
                return
            self.seats += 1
            if len(here.seats) < self._sizes.crowd:
                here.due = 0.0
        here.seats[seat] = self._now()

    @contextmanager
    def stays(self, room: str, seat: str) -> Iterator[None]:
        """The stream of a window without script is open."""
        self._streams[seat] = self._streams.get(seat, 0) + 1
        self.comes(room, seat)
        try:
            yield
        finally:
            self._streams[seat] -= 1
            if not self._streams[seat]:
                del self._streams[seat]
            self.comes(room, seat)

    def seen(self, room: str) -> Room:
        """The room as it was counted last, a few seconds ago at most."""
        here = self.rooms.get(room)
        if here is None:
            return EMPTY
        if self._now() >= here.due:
            self._count(here)
        return here

    def text(self, room: str) -> str:
        """How many are here, as a window shows it. Asked for with every answer: no look at the clock."""
        here = self.rooms.get(room)
        return here.text if here and self._waiters.now < here.due else self.seen(room).text

    def count_with(self, room: str, seat: str) -> int:
        """How many are here once this seat is too, whose page is being drawn."""
        here = self.seen(room)
        return here.count + (seat not in here.seats)

    async def counts(self, rooms: Sequence[str]) -> dict[str, int]:
        """How many are in each of these rooms, those that nobody is in here too. Raises DatabaseError."""
        told = await self._exchange.ask(rooms) if self._exchange else {}
        return {room: merged([self._own(room), *told.get(room, ())])[0] for room in rooms}

    async def exchange(self) -> None:
        """Tell the other processes whom this one sees, and hear whom they see. Raises DatabaseError."""
        exchange, now, news = self._exchange, self._now(), dict[str, Seen]()
        if exchange is None:
            return
        for room, here in await self._walk():
            own = sampled(here.seats)
            if own != here.told or now >= here.told_again:
                news[room], here.told = own, own
                here.told_again = now + self._sizes.told_again_seconds
        await exchange.tell(news)
        others = await exchange.ask(list(self.rooms))
        for room, here in self.rooms.items():
            here.others, here.due = others.get(room, []), 0.0

    async def forget(self) -> None:
        """Forget rooms that nobody is in."""
        for room, here in await self._walk():
            if not here.seats and not here.told.seats:
                del self.rooms[room]

    async def _walk(self) -> list[tuple[str, Room]]:
        """The rooms, each counted anew."""
        found = list(self.rooms.items())
        for number, (_, here) in enumerate(found, 1):
            self._count(here)
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        return [(room, here) for room, here in found if self.rooms.get(room) is here]

    def _own(self, room: str) -> Seen:
        here = self.seen(room)
        return sampled(here.seats)

    def _count(self, here: Room) -> None:
        oldest = self._now() - self._sizes.here_seconds
        held, ended, streams = self._waiters.held, self._waiters.ended_at, self._streams
        for seat, came in list(here.seats.items()):
            if came < oldest and seat not in held and seat not in streams and ended(seat) < oldest:
                del here.seats[seat]
                self.seats -= 1
        here.count, here.known = merged([Seen(1, frozenset(here.seats)), *here.others])
        here.text = shown(here.count)
        here.due = self._now() + self._sizes.count_seconds


class Room:
    """Who is in a room."""

    __slots__ = ("count", "due", "known", "others", "seats", "text", "told", "told_again")

    def __init__(self) -> None:
        self.seats: dict[str, float] = {}
        """Seats that poll or stream at this process, and when they began to, or were seen last."""
        self.others: list[Seen] = []
        """Whom the other processes see."""
        self.count = 0
        self.known: frozenset[str] = frozenset()
        """Seats of any process; not all where very many are."""
        self.text = "0"
        self.due = 0.0
        """When it is to be counted again, in seconds of the clock."""
        self.told = NOBODY
        self.told_again = 0.0


EMPTY = Room()
"""A room that nobody is in."""
