"""The tails of the rooms in use, kept equal to the log: what is committed is pushed, what a tail lacks is read."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog

from chat.delivery.drawn import Drawing
from chat.delivery.tail import Tail
from chat.domain.events import Cleared, Event, without_erased
from chat.domain.rooms import Ends
from chat.jobs import Jobs
from chat.sizes import Sizes
from chat.storage.errors import Unavailable

LOGGED_GAPS = 1_000
"""Gaps in rooms' numbers that are remembered, so that each is logged once."""

logger = structlog.get_logger()


class Log(Protocol):
    """How the hub reads the rooms' log. Each raises Unavailable."""

    async def latest(self, room: str, count: int) -> list[Event]:
        """The newest events, oldest first."""

    async def after(self, room: str, seq: int, count: int) -> list[Event]:
        """The `count` events above `seq`, oldest first."""

    async def last_seq(self, room: str) -> int:
        """The number of the room's newest event; 0 when the room does not exist."""

    async def last_seqs(self, rooms: Sequence[str]) -> Mapping[str, int]:
        """The same of many rooms; those that do not exist are left out."""

    async def first_seq(self, room: str) -> int:
        """The number of the room's oldest event that is kept."""

    async def ends(self, rooms: Sequence[str]) -> Mapping[str, Ends]:
        """What is kept of many rooms; those that do not exist are left out."""


class Hub:
    """The rooms in use. `shared`: other processes store events too."""

    def __init__(self, log: Log, drawing: Drawing, jobs: Jobs, sizes: Sizes, *, shared: bool = False) -> None:
        self._log = log
        self._drawing = drawing
        self._jobs = jobs
        self._now = jobs.clock.monotonic
        self._sizes = sizes
        self._shared = shared
        self._tails: dict[str, Tail] = {}
        self._behind: set[Tail] = set()
        """Tails that are being brought up to date."""
        self._gaps: set[tuple[str, int]] = set()

    @property
    def rooms(self) -> Mapping[str, Tail]:
        """The tails in memory."""
        return self._tails

    def cached(self, room: str) -> Tail | None:
        """The room's tail, when it is in memory and filled."""
        tail = self._tails.get(room)
        if tail is None or not tail.ready:
            return None
        tail.used_at = self._now()
        return tail

    async def tail(self, room: str) -> Tail:
        """The room's tail, read from the log when it is not in memory. Raises Unavailable."""
        tail = self._tails.get(room) or self._make(room)
        tail.used_at = self._now()
        if not tail.ready:
            await self._fill(tail)
        return tail

    async def newest(self, room: str, after: int = 0) -> Tail:
        """The room's tail, with all that was stored before this was asked; `after`: a number somebody knows.

        Raises Unavailable.
        """
        now = self._now()
        tail = await self.tail(room)
        if self._shared or after > tail.last:
            await self._check(tail, now if self._shared else now - self._sizes.check_seconds)
        return await self.tail(room)

    async def _check(self, tail: Tail, since: float) -> None:
        """Ask the log how far the room has come, unless it was asked since then, and read what is missing."""
        async with tail.lock:
            if tail.checked_at < since:
                tail.checked_at, last = self._now(), tail.last
                self._has_come_to(tail, last, await self._log.last_seq(tail.room))
        await self._catch_up(tail)

    async def check_rooms_in_use(self) -> None:
        """Ask the log how far every room in use has come. Raises Unavailable."""
        since = self._now() - self._sizes.in_use_seconds
        tails = {tail.room: (tail, tail.last) for tail in self._tails.values() if tail.waiters or tail.used_at > since}
        newest = await self._log.last_seqs(list(tails)) if tails else {}
        for room, (tail, last) in tails.items():
            self._has_come_to(tail, last, newest.get(room, 0))

    def committed(self, events: Sequence[Event]) -> None:
        """These events are stored: show them. They follow each other in each room, but rooms may be mixed."""
        by_room: dict[str, list[Event]] = {}
        for event in events:
            by_room.setdefault(event.room, []).append(event)
        for room, those in by_room.items():
            if tail := self._tails.get(room):
                self._push(tail, those)

    async def look_at_erased(self) -> None:
        """Something was erased from the log, here or by another process: let go of it. Raises Unavailable."""
        known = {tail.room: tail.last for tail in self._tails.values()}
        for room, (first, last) in (await self._log.ends(list(known)) if known else {}).items():
            self.let_go(room, first)
            if tail := self._tails.get(room):
                self._has_come_to(tail, known[room], last)  # a person who was forgotten is an event

    def let_go(self, room: str, first: int) -> None:
        """What is older than this number has been erased from the room's log."""
        tail = self._tails.get(room)
        if tail and tail.ready and first > tail.first:
            tail.let_go(first)
            tail.change(lambda event: without_erased(event, first))

    def on_seq(self, room: str, seq: int) -> None:
        """Another process says that the room has come to number `seq`."""
        if tail := self._tails.get(room):
            self._has_come_to(tail, 0, seq)

    def _has_come_to(self, tail: Tail, last: int, seq: int) -> None:
        """`last` is the tail's end before the log was asked."""
        if seq < last:
            logger.error("the log has gone back", room=tail.room, known=tail.last, stored=seq)
            self._forget(tail)
        elif seq > tail.last:
            tail.announced_seq = max(tail.announced_seq, seq)
            if tail.ready and not tail.lock.locked():  # who holds the lock reads on by itself
                self._catch_up_soon(tail)

    def _forget(self, tail: Tail) -> None:
        """What this tail holds is not what the log holds: let its polls look at the log."""
        if self._tails.get(tail.room) is tail:
            del self._tails[tail.room]
        tail.close()

    def _push(self, tail: Tail, events: Sequence[Event]) -> None:
        if not tail.ready:
            tail.announced_seq = max(tail.announced_seq, events[-1].seq)
            return
        tail.push(events)
        for event in events:
            if event.changes:
                tail.change(event.changed)
            if isinstance(event, Cleared):
                tail.let_go(event.seq)
        if tail.last < events[-1].seq:  # another process stored what is between
            self.on_seq(tail.room, events[-1].seq)

    async def _fill(self, tail: Tail) -> None:
        async with tail.lock:
            if not tail.ready:
                if self._shared:
                    tail.checked_at = self._now()
                last = await self._log.last_seq(tail.room)  # first: what is stored meanwhile is found later
                events = await self._log.latest(tail.room, self._sizes.tail_events + 1)
                tail.start(self._behind_gaps(tail.room, events), last)
        try:
            await self._catch_up(tail)
        except Unavailable:
            self._catch_up_soon(tail)
            raise

    async def _catch_up(self, tail: Tail) -> None:
        """Read what the tail was told of but does not hold. Raises Unavailable."""
        async with tail.lock:
            while tail.last < (announced := tail.announced_seq):
                before = tail.last
                events = await self._log.after(tail.room, before, self._sizes.tail_events)
                if not events:
                    if tail.announced_seq == announced:
                        tail.announced_seq = tail.last  # the announced number does not exist
                    continue
                self._push(tail, events)
                if tail.last == before:
                    if events[0].seq != await self._log.first_seq(tail.room):  # else what is between was erased
                        self._log_gap(tail.room, before, events[0].seq)
                    return self._forget(tail)

    def _behind_gaps(self, room: str, events: Sequence[Event]) -> Sequence[Event]:
        """Those of successive events that follow the last gap between their numbers."""
        for place in range(len(events) - 1, 0, -1):
            before, event = events[place - 1], events[place]
            if event.seq != before.seq + 1:
                self._log_gap(room, before.seq, event.seq)
                return events[place:]
        return events

    def _log_gap(self, room: str, after: int, found: int) -> None:
        """Numbers are missing in a room: a fault of the database, told once."""
        if (room, after) not in self._gaps and len(self._gaps) < LOGGED_GAPS:
            self._gaps.add((room, after))
            logger.error("numbers are missing in a room", room=room, after=after, next=found)

    def _catch_up_soon(self, tail: Tail) -> None:
        if tail not in self._behind:
            self._behind.add(tail)
            self._jobs.spawn("catch-up", self._catch_up_at_last(tail))

    async def _catch_up_at_last(self, tail: Tail) -> None:
        """The same, tried until it succeeds: polls wait for it."""
        try:
            while self._tails.get(tail.room) is tail:
                try:
                    return await self._catch_up(tail)
                except Unavailable as error:
                    logger.warning("room not read", room=tail.room, error=str(error))
                await self._jobs.clock.sleep(self._sizes.retry_seconds)
        finally:
            self._behind.discard(tail)

    async def forget_idle(self) -> None:
        """Forget the rooms that nobody has asked for lately."""
        oldest = self._now() - self._sizes.idle_seconds
        for tail in self._tails.values():
            tail.forget_audiences()
        for tail in self._unwatched():
            if tail.used_at < oldest:
                del self._tails[tail.room]

    def _unwatched(self) -> list[Tail]:
        """Rooms nobody waits in, those among them that could not be read."""
        return [tail for tail in self._tails.values() if not tail.waiters and not tail.lock.locked()]

    def _make(self, room: str) -> Tail:
        """A room's tail; those unused for longest are forgotten when too many are kept that nobody waits in."""
        most = self._sizes.rooms
        if len(self._tails) >= most and (unwatched := self._unwatched())[most // 2 :]:
            for tail in sorted(unwatched, key=lambda tail: tail.used_at)[: most // 10]:
                del self._tails[tail.room]
        tail = self._tails[room] = Tail(room, self._drawing, self._jobs.spawn, self._sizes)
        return tail
