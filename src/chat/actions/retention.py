"""Erasing what has been kept for long enough, and what people have left behind: in small steps, for as long as it
takes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from chat.storage import erasing
from chat.storage.database import Database
from chat.storage.erasing import Elsewhere
from chat.storage.errors import DatabaseError, Unavailable

FEWEST, MOST = 20, 500
"""Rows that a step erases."""
SLOW_SECONDS, QUICK_SECONDS = 0.015, 0.006
"""A step that takes longer is followed by smaller ones, a quicker one by larger ones: a post waits for one of them."""
RESTS = 2
"""After a step the database is left to others for so many times as long as it took."""
ROOMS_AT_ONCE = 500
CURSORS_LAST = timedelta(days=400)
"""No window has a cursor or a cookie that is older."""
REFUSED_LASTS = timedelta(days=1)
"""For so long an author sees what a moderator has not let through."""
TRIES = 20
"""To empty SQLite's write-ahead log, which others may read just now."""

logger = structlog.get_logger()

Step = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days; 0: messages for ever, addresses never."""

    messages: int
    addresses: int


def day_before(now: datetime, days: int) -> datetime:
    """The beginning of the oldest day that is kept whole, in UTC."""
    return (now.astimezone(UTC) - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


class Retention:
    """`between` does a step when nobody writes; `in_use`: rooms that somebody is in, here."""

    def __init__(
        self,
        database: Database,
        between: Callable[[Step], Awaitable[None]],
        now: Callable[[], datetime],
        kept: Kept,
        in_use: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._database = database
        self._between = between
        self._now = now
        self._kept = kept
        self._in_use = in_use
        self._rows = 100
        self._somebody_left = asyncio.Event()

    async def erase_old(self) -> None:
        """Erase what is too old: the messages of every room, addresses, empty rooms. A job."""
        try:
            before = day_before(self._now(), self._kept.messages) if self._kept.messages else None
            if before:
                await self.erase_before(before)
            done = self._now() - REFUSED_LASTS
            await self._once(partial(erasing.erase_held, self._database, done, before))
            oldest = self._now() - timedelta(days=max(1, self._kept.addresses))
            await self._repeat(lambda rows: erasing.erase_origins(self._database, oldest, rows))
            await self._erase_empty_rooms()
            await self.give_back()
        except Elsewhere:
            pass
        except DatabaseError as error:
            logger.warning("old messages not erased", error=str(error))

    async def erase_before(self, before: datetime, room: str | None = None) -> int:
        """Erase all events that are older, in all rooms or in one; answers from how many rooms.

        Raises DatabaseError.
        """
        erased = 0
        behind: int | None = 0
        while behind is not None:
            old, behind = await erasing.old_rooms(before, behind, ROOMS_AT_ONCE, room)
            for found in old:
                await self._repeat(partial(self._erase_some, found.id, before))
            erased += len(old)
        return erased

    async def give_back(self) -> None:
        """Give the room that was freed back to the disk. Raises DatabaseError."""
        await self._repeat(lambda _: erasing.give_back(self._database))

    async def _erase_some(self, room: int, before: datetime, rows: int) -> bool:
        return await erasing.erase_old(self._database, room, before, rows) is not None

    async def _erase_empty_rooms(self) -> None:
        while rooms := await erasing.empty_rooms(self._in_use(), ROOMS_AT_ONCE):
            for room in rooms:
                await self._once(partial(erasing.vanish, self._database, room, self._now()))
        await self._once(partial(erasing.forget_vanished, self._database, self._now() - CURSORS_LAST))

    def somebody_left(self) -> None:
        """There may be something to erase at once."""
        self._somebody_left.set()

    async def erase_leavers(self) -> None:
        """Erase what people have left behind, for ever. A job."""
        while True:
            self._somebody_left.clear()
            try:
                await self.erase_who_left()
            except Elsewhere:
                pass
            except DatabaseError as error:
                logger.warning("left messages not erased", error=str(error))
            await self._somebody_left.wait()

    async def erase_who_left(self) -> None:
        """Erase what people have left behind, and what cleared rooms held, up to the last byte. Raises
        DatabaseError."""
        left, cleared = await erasing.leavers(), await erasing.any_cleared()
        for seat in left:
            await self._repeat(partial(erasing.erase_leaver, self._database, seat))
        if cleared:
            await self._repeat(partial(erasing.erase_cleared, self._database))
        if left or cleared:
            await self.clear_log()

    async def clear_log(self) -> None:
        """Let nothing that was erased stay in SQLite's write-ahead log. Raises DatabaseError."""
        cleared: list[bool] = []

        async def clear() -> None:
            cleared.append(await erasing.clear_log(self._database))

        while not any(cleared):
            if len(cleared) >= TRIES:
                logger.warning("the write-ahead log is in use, and keeps what was erased until it is written anew")
                return
            await self._between(clear)
            await asyncio.sleep(0.05 * len(cleared))

    async def _repeat(self, step: Callable[[int], Awaitable[bool]]) -> None:
        """Repeat a step, given how many rows it may take, while it has more to do."""
        more = True

        async def do() -> None:
            nonlocal more
            more = await step(self._rows)

        while more:
            await self._once(do)

    async def _once(self, do: Step) -> None:
        """One step, and the rest after it."""
        took = 0.0

        async def timed() -> None:
            nonlocal took
            began = time.perf_counter()
            await do()
            took = time.perf_counter() - began

        await self._between(timed)
        if took > SLOW_SECONDS:
            self._rows = max(FEWEST, self._rows // 2)
        elif took < QUICK_SECONDS:
            self._rows = min(MOST, self._rows * 2)
        await asyncio.sleep(RESTS * took)


async def at_once(step: Step) -> None:
    """How a command does a step, beside a server that may be running: it tries again when the database is busy."""
    for tries in range(10):
        try:
            await step()
            return
        except Elsewhere:
            await asyncio.sleep(1)
        except Unavailable:
            if tries == 9:
                raise
            await asyncio.sleep(0.2)
    raise Elsewhere("another process erases for a long time now; try again later")
