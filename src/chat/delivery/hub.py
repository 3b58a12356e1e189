"""Joins the room log to the windows: what is committed is pushed to the tails, what a tail lacks is read."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

import structlog

from chat.actions.events import Event, RoomLog
from chat.delivery.tail import EVENTS, Draw, Tail
from chat.storage.database import UNAVAILABLE

IDLE_SECONDS = 60.0
"""A room that nobody asked for in this time is forgotten."""
ROOMS = 5_000
"""Rooms nobody waits in that are held at most."""
IN_USE_SECONDS = 10.0
"""A room that somebody asked for in this time is in use, though no poll may wait in it just now."""
LOOK_SECONDS = 1.0
"""Where nobody else stores events, the log is asked for unknown ones at most this often per room."""
RETRY_SECONDS = 1.0
"""Between two tries to read what a tail lacks."""

logger = structlog.get_logger()


class Delivery:
    """The tails of the rooms in use, kept equal to the log."""

    def __init__(self, log: RoomLog, draw: Draw, shared: bool = False, events: int = EVENTS) -> None:
        self._log = log
        self._draw = draw
        self._events = events
        self._shared = shared
        """Other processes store events too."""
        self._tails: dict[str, Tail] = {}
        self._behind: set[Tail] = set()
        """Tails that are being brought up to date."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._spawn(self._forget_idle())

    async def stop(self) -> None:
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def held(self, room: str) -> Tail | None:
        """The room's tail, when it is in memory and filled."""
        tail = self._tails.get(room)
        if tail is None or not tail.ready:
            return None
        tail.used = asyncio.get_running_loop().time()
        return tail

    async def tail(self, room: str) -> Tail:
        """The room's tail, read from the log when it is not in memory. Raises the database's errors."""
        tail = self._tails.get(room) or self._make(room)
        tail.used = asyncio.get_running_loop().time()
        if not tail.ready:
            await self._fill(tail)
        return tail

    async def newest(self, room: str, after: int = 0) -> Tail:
        """The room's tail, with all that was stored before this was asked; `after`: a number somebody knows.

        Raises the database's errors.
        """
        now = asyncio.get_running_loop().time()
        tail = await self.tail(room)
        if self._shared or after > tail.last:
            await self._look(tail, now if self._shared else now - LOOK_SECONDS)
        return await self.tail(room)

    async def _look(self, tail: Tail, since: float) -> None:
        """Ask the log how far the room has come, unless it was asked since then, and read what is missing."""
        async with tail.lock:
            if tail.looked < since:
                tail.looked, last = asyncio.get_running_loop().time(), tail.last
                self._has_come_to(tail, last, await self._log.last_seq(tail.room))
        await self._catch_up(tail)

    async def look_at_all(self) -> None:
        """Ask the log how far every room in use has come. Raises the database's errors."""
        since = asyncio.get_running_loop().time() - IN_USE_SECONDS
        tails = {tail.room: (tail, tail.last) for tail in self._tails.values() if tail.waiters or tail.used > since}
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

    def heard(self, room: str, seq: int) -> None:
        """The room has come to number `seq`, told by another process."""
        if tail := self._tails.get(room):
            self._has_come_to(tail, 0, seq)

    def _has_come_to(self, tail: Tail, last: int, seq: int) -> None:
        """`last` is the tail's end before the log was asked."""
        if seq < last:
            self._lost(tail, seq)
        elif seq > tail.last:
            tail.known = max(tail.known, seq)
            if tail.ready and not tail.lock.locked():  # who holds the lock reads on by itself
                self._catch_up_soon(tail)

    def _lost(self, tail: Tail, seq: int) -> None:
        """The log has gone back, as after a failover that lost its last seconds: forget what is no longer so."""
        logger.error("the log has gone back", room=tail.room, known=tail.last, stored=seq)
        if self._tails.get(tail.room) is tail:
            del self._tails[tail.room]
        tail.close()

    def _push(self, tail: Tail, events: Sequence[Event]) -> None:
        if not tail.ready:
            tail.known = max(tail.known, events[-1].seq)
            return
        tail.push(events)
        for event in events:
            if event.kind == "removal" and event.target and (target := tail.find(event.target)):
                tail.replace(replace(target, text="", erased=True))
        if tail.last < events[-1].seq:  # another process stored what is between
            self.heard(tail.room, events[-1].seq)

    async def _fill(self, tail: Tail) -> None:
        async with tail.lock:
            if not tail.ready:
                if self._shared:
                    tail.looked = asyncio.get_running_loop().time()
                last = await self._log.last_seq(tail.room)  # first: what is stored meanwhile is found later
                events = await self._log.latest(tail.room, self._events + 1)
                tail.start(events, last)
        try:
            await self._catch_up(tail)
        except UNAVAILABLE:
            self._catch_up_soon(tail)
            raise

    async def _catch_up(self, tail: Tail) -> None:
        """Read what the tail has heard of but does not hold. Raises the database's errors."""
        async with tail.lock:
            while tail.last < (known := tail.known):
                events = await self._log.page_after(tail.room, tail.last, self._events)
                if events:
                    self._push(tail, events)
                elif tail.known == known:
                    tail.known = tail.last  # it was told what is not so

    def _catch_up_soon(self, tail: Tail) -> None:
        if tail not in self._behind:
            self._behind.add(tail)
            self._spawn(self._catch_up_at_last(tail))

    async def _catch_up_at_last(self, tail: Tail) -> None:
        """The same, tried until it succeeds: polls wait for it."""
        try:
            while self._tails.get(tail.room) is tail:
                try:
                    return await self._catch_up(tail)
                except UNAVAILABLE as error:
                    logger.warning("room not read", room=tail.room, error=str(error))
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            self._behind.discard(tail)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forget_idle(self) -> None:
        while True:
            await asyncio.sleep(IDLE_SECONDS / 2)
            oldest = asyncio.get_running_loop().time() - IDLE_SECONDS
            for tail in self._unwatched():
                if tail.used < oldest:
                    del self._tails[tail.room]

    def _unwatched(self) -> list[Tail]:
        """Rooms nobody waits in, those among them that could not be read."""
        return [tail for tail in self._tails.values() if not tail.waiters and not tail.lock.locked()]

    def _make(self, room: str) -> Tail:
        """A room's tail; those unused for longest are forgotten when too many are held that nobody waits in."""
        if len(self._tails) >= ROOMS and (unwatched := self._unwatched())[ROOMS // 2 :]:
            for tail in sorted(unwatched, key=lambda tail: tail.used)[: ROOMS // 10]:
                del self._tails[tail.room]
        tail = self._tails[room] = Tail(room, self._draw, self._events)
        return tail
