"""Erasing, a few rows at a time: each function is one small transaction, and tells whether there may be more to do.

In `first_seq` a room knows its oldest event; what is older is gone, whole from the old end, so that a room's numbers
stay a run without gaps.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, NamedTuple

from chat.domain.seats import tag
from chat.storage import sqlite, versions
from chat.storage.database import Database
from chat.storage.errors import DatabaseError
from chat.storage.rooms import digest_of
from chat.storage.tables import Ban, Clearing, Event, Held, Leaver, Report, Room, Vanished

ERASING_LOCK = 7_243_002
"""On PostgreSQL one process erases at a time."""
PAGES = 200
"""Pages that an SQLite file gives back at once."""


class Elsewhere(DatabaseError):
    """Another process erases just now."""


class Old(NamedTuple):
    """A room whose oldest event is older than it may be."""

    id: int
    name: str


@asynccontextmanager
async def erasing(database: Database) -> AsyncIterator[None]:
    """One transaction that erases. Raises Elsewhere when another process is at it."""
    async with database.writing():
        if database.shared:
            rows = await Room.raw("SELECT pg_try_advisory_xact_lock({}) AS free", ERASING_LOCK).run()
            if not rows[0]["free"]:
                raise Elsewhere("another process erases")
        yield


async def old_rooms(before: datetime, behind: int, count: int, only: str | None = None) -> tuple[list[Old], int | None]:
    """Of the next rooms behind an id those with something to erase; and the last id looked at, None at the end."""
    rooms = await Room.raw("SELECT id FROM room WHERE id > {} ORDER BY id LIMIT {}", behind, count).run()
    if not rooms:
        return [], None
    last = rooms[-1]["id"]
    query = (
        "SELECT room.id, room.name FROM room JOIN event ON event.room = room.id AND event.seq = room.first_seq "
        "WHERE room.id > {} AND room.id <= {} AND event.at < {}"
    )
    values: list[Any] = [behind, last, before]
    if only is not None:
        query, values = query + " AND room.name = {}", [*values, only]
    return [Old(row["id"], row["name"]) for row in await Room.raw(query, *values).run()], last


async def erase_old(database: Database, room: int, before: datetime, count: int) -> int | None:
    """Erase the oldest events of a room that are older than this, at most `count`.

    Answers the room's first number then; None: there was nothing to erase. Raises DatabaseError.
    """
    async with erasing(database):
        rows = await Room.raw(f"SELECT first_seq FROM room WHERE id = {{}}{_locked(database)}", room).run()
        if not rows:
            return None
        first = rows[0]["first_seq"]
        found = await Event.raw(
            "SELECT seq, at < {} AS old FROM event WHERE room = {} AND seq >= {} ORDER BY seq LIMIT {}",
            before,
            room,
            first,
            count,
        ).run()
        kept = first
        for row in found:
            if not row["old"]:
                break
            kept = row["seq"] + 1
        if kept == first:
            return None
        await Event.raw("DELETE FROM event WHERE room = {} AND seq < {}", room, kept).run()
        await Room.raw("UPDATE room SET first_seq = {} WHERE id = {}", kept, room).run()
        await versions.change(versions.ERASED)
    return int(kept)


async def erase_cleared(database: Database, count: int) -> bool:
    """Erase some of what cleared rooms held; False once nothing of it is stored. Raises DatabaseError."""
    async with erasing(database):
        rows = await Event.raw(
            "DELETE FROM event WHERE id IN (SELECT event.id FROM clearing JOIN event ON event.room = clearing.room "
            "AND event.seq < clearing.first_seq LIMIT {}) RETURNING id",
            count,
        ).run()
        if not rows:
            await Clearing.raw(
                "DELETE FROM clearing WHERE NOT EXISTS (SELECT 1 FROM event "
                "WHERE event.room = clearing.room AND event.seq < clearing.first_seq)"
            ).run()
    return bool(rows)


async def erase_origins(database: Database, before: datetime, count: int) -> bool:
    """Erase where messages came from, the addresses that bans show, and reports that were done, where they are older
    than this."""
    async with erasing(database):
        rows = await Event.raw(
            "UPDATE event SET address = '', browser = '' WHERE id IN (SELECT id FROM event "
            "WHERE (address <> '' OR browser <> '') AND at < {} ORDER BY at LIMIT {}) RETURNING id",
            before,
            count,
        ).run()
        await Report.raw("DELETE FROM report WHERE done_at IS NOT NULL AND done_at < {}", before).run()
        await Held.raw("UPDATE held SET address = '', browser = '' WHERE address <> '' AND at < {}", before).run()
        await Ban.raw("UPDATE ban SET address = '' WHERE address <> '' AND made_at < {}", before).run()
    return len(rows) == count


async def erase_held(database: Database, done_before: datetime, said_before: datetime | None) -> None:
    """Erase messages that a moderator has looked at before then, and those that have waited for too long."""
    async with erasing(database):
        await Held.raw("DELETE FROM held WHERE done_at < {}", done_before).run()
        if said_before:
            await Held.raw("DELETE FROM held WHERE at < {}", said_before).run()


async def any_cleared() -> bool:
    """Whether a room was cleared of which something may be stored yet."""
    return bool(await Clearing.raw("SELECT 1 AS one FROM clearing LIMIT 1").run())


async def leavers() -> list[str]:
    """Seats of people who have left, of whom something may be stored yet."""
    return [row["seat"] for row in await Leaver.raw("SELECT seat FROM leaver WHERE NOT erased ORDER BY id").run()]


async def erase_leaver(database: Database, seat: str, count: int) -> bool:
    """Erase some of what a person said who has left; False once nothing of it is stored."""
    async with erasing(database):
        rows = await Event.raw(
            "UPDATE event SET seat = '', nickname = NULL, text = '', mentions = '', erased = {}, address = '', "
            "browser = '', once = NULL WHERE id IN "
            "(SELECT id FROM event WHERE seat = {} AND kind IN ('message', 'rename') LIMIT {}) "
            "RETURNING id",
            True,
            seat,
            count,
        ).run()
        if not rows:
            await Report.raw("DELETE FROM report WHERE seat = {}", seat).run()
            await Held.raw("DELETE FROM held WHERE seat = {}", seat).run()
            await Ban.raw("UPDATE ban SET nickname = NULL, address = '' WHERE tag = {}", tag(seat)).run()
            await Leaver.raw("UPDATE leaver SET erased = {} WHERE seat = {}", True, seat).run()
    return bool(rows)


async def empty_rooms(in_use: Collection[str], count: int) -> list[Old]:
    """Rooms of which nothing is kept, and that nobody has set up or is in."""
    rows = await Room.raw(
        "SELECT id, name FROM room WHERE first_seq > last_seq AND topic = '' AND NOT locked AND slow = 0 "
        "AND name NOT IN (SELECT room FROM presence) LIMIT {}",
        count + len(in_use),
    ).run()
    return [Old(row["id"], row["name"]) for row in rows if row["name"] not in in_use][:count]


async def vanish(database: Database, room: Old, at: datetime) -> None:
    """An empty room is gone; it counts on if it comes back."""
    async with erasing(database):
        rows = await Room.raw(
            f"SELECT last_seq FROM room WHERE id = {{}} AND first_seq > last_seq{_locked(database)}", room.id
        ).run()
        if rows:
            await Vanished.raw(
                "INSERT INTO vanished (digest, last_seq, at) VALUES ({}, {}, {}) "
                "ON CONFLICT (digest) DO UPDATE SET last_seq = excluded.last_seq, at = excluded.at",
                digest_of(room.name),
                rows[0]["last_seq"],
                at,
            ).run()
            await Room.raw("DELETE FROM room WHERE id = {}", room.id).run()


async def forget_vanished(database: Database, before: datetime) -> None:
    """Forget rooms that vanished so long ago that no window has a cursor of them; and leavers, whose cookies are
    over too."""
    async with erasing(database):
        await Vanished.raw("DELETE FROM vanished WHERE at < {}", before).run()
        await Leaver.raw("DELETE FROM leaver WHERE erased AND at < {}", before).run()


async def give_back(database: Database) -> bool:
    """Give some free pages of an SQLite file back to the disk; False when there are none, or it cannot.

    A file gives back what it was made for (`sqlite.TunedConnection`); `compact` makes an older one so.
    """
    if database.shared:
        return False
    if (await Room.raw("PRAGMA auto_vacuum").run())[0]["auto_vacuum"] != 2:
        return False
    free = (await Room.raw("PRAGMA freelist_count").run())[0]["freelist_count"]
    if free:
        await Room.raw(f"PRAGMA incremental_vacuum({PAGES})").run()
    return bool(free)


async def clear_log(database: Database) -> bool:
    """Let nothing that was erased stay in the write-ahead log of an SQLite file; False while others read it."""
    return database.path is None or await asyncio.to_thread(sqlite.clear_log, database.path)


async def compact(database: Database) -> None:
    """Write an SQLite file anew without its free pages. It takes long, and nobody may write meanwhile."""
    if not database.shared:
        await Room.raw("PRAGMA auto_vacuum = INCREMENTAL").run()
        await Room.raw("VACUUM").run()


def _locked(database: Database) -> str:
    return " FOR UPDATE" if database.shared else ""
