"""Joins the room log to the windows: what is committed is pushed to the tails, what a tail lacks is read."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from chat.domain.events import Event, RoomLog
from chat.live.tail import EVENTS, Draw, Tail

IDLE_SECONDS = 60.0
"""A room that nobody asked for in this time is forgotten."""
ROOMS = 5_000
"""Rooms nobody waits in that are held at most."""

logger = structlog.get_logger()


class Delivery:
    """The tails of the rooms in use, kept equal to the log."""

    def __init__(self, log: RoomLog, draw: Draw) -> None:
        self._log = log
        self._draw = draw
        self._tails: dict[str, Tail] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._spawn(self._forget_idle())

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def held(self, room: str) -> Tail | None:
        """The room's tail, when it is in memory and filled."""
        tail = self._tails.get(room)
        if tail is None or not tail.ready:
            return None
        tail.used = asyncio.get_running_loop().time()
        return tail

    async def tail(self, room: str) -> Tail:
        """The room's tail, read from the log when it is not in memory. Raises the database's errors."""
        tail = self._tails.get(room)
        if tail is None:
            tail = self._tails[room] = Tail(room, self._draw)
            self._make_room()
        tail.used = asyncio.get_running_loop().time()
        if not tail.ready:
            await self._fill(tail)
        return tail

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
        tail = self._tails.get(room)
        if tail and seq > tail.known:
            tail.known = seq
            if tail.ready:
                self._spawn(self._catch_up(tail))

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
            if tail.ready:
                return
            events = await self._log.latest(tail.room, EVENTS)
            tail.start(events, await self._log.last_seq(tail.room) if not events else 0)
        await self._catch_up(tail)

    async def _catch_up(self, tail: Tail) -> None:
        """Read what the tail has heard of but does not hold."""
        async with tail.lock:
            while tail.last < tail.known:
                events = await self._log.page_after(tail.room, tail.last, EVENTS)
                if not events:
                    return
                self._push(tail, events)

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
        return [tail for tail in self._tails.values() if tail.ready and not tail.waiters]

    def _make_room(self) -> None:
        """Forget the rooms unused for longest when too many are held that nobody waits in."""
        if len(self._tails) > ROOMS and (unwatched := self._unwatched())[ROOMS // 2 :]:
            for tail in sorted(unwatched, key=lambda tail: tail.used)[: ROOMS // 10]:
                del self._tails[tail.room]
