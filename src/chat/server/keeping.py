"""What whoever runs the server does with what is kept: `chatroom export`, `chatroom purge`, `chatroom forget`.

All of it works beside a running server, which sees within a second what was erased: the commands change its version
(`storage.versions`), as every process does.
"""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path

from chat.actions.retention import Kept, Retention, at_once
from chat.domain import rooms
from chat.domain.events import Forgotten
from chat.settings import BadSetting, Settings
from chat.storage import erasing, log, people
from chat.storage.append import Draft, append
from chat.storage.database import Database
from chat.web.exports import writing

PAGE = 1000
"""Events that are read at once."""

Progress = Callable[[int, int], None]
"""(events done, events there are)"""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, up to date. Raises BadSetting, DatabaseError."""
    if settings.on_sqlite and not settings.database_file.is_file():
        raise BadSetting(f"there is no database at {settings.database_file}")
    database = Database(settings.database(), busy_seconds=10.0)
    try:
        await database.open()
        await database.migrate()
        yield database
    finally:
        await database.close()


def named(room: str) -> str:
    """A room as it is known. Raises BadSetting."""
    name = rooms.canonical(room)
    if name is None:
        raise BadSetting(f"no room can be called {room!r}")
    return name


async def export(settings: Settings, room: str, form: str, output: Path | None, progress: Progress) -> int:
    """Write a room's log to a file, or to the standard output; answers how many events. Raises BadSetting,
    DatabaseError, OSError."""
    room = named(room)
    async with opened(settings):
        ends = (await log.ends([room])).get(room)
        if ends is None:
            raise BadSetting(f"there is no room {room}")
        file = output.open("w", encoding="utf-8") if output else sys.stdout
        try:
            head, write, foot = writing(form, room)
            file.write(head)
            after, done = ends.first - 1, 0
            while after < ends.last and (events := await log.after(room, after, min(PAGE, ends.last - after))):
                file.writelines(map(write, events))
                after, done = events[-1].seq, done + len(events)
                progress(done, ends.last - ends.first + 1)
            file.write(foot)
            file.flush()
        finally:
            if output:
                file.close()
    return done


async def purge(settings: Settings, before: str, room: str | None) -> int:
    """Erase what is older than a day, in all rooms or in one; answers in how many. Raises BadSetting, DatabaseError."""
    try:
        day = datetime.combine(date.fromisoformat(before), time(), UTC)
    except ValueError:
        raise BadSetting(f"{before!r} is no day like 2026-11-30") from None
    only = named(room) if room else None
    async with opened(settings) as database:
        retention = _retention(database)
        erased = await retention.erase_before(day, only)
        await retention.give_back()
        await retention.clear_log()
    return erased


async def compact(settings: Settings) -> None:
    """Write an SQLite file anew without its free pages. Raises BadSetting, DatabaseError."""
    if not settings.on_sqlite:
        raise BadSetting("PostgreSQL does this by itself: --compact is for SQLite")
    async with opened(settings) as database:
        await erasing.compact(database)


async def with_tag(settings: Settings, tag: str, room: str | None) -> list[people.InRoom]:
    """The people who go by these six characters. Raises BadSetting, DatabaseError."""
    async with opened(settings):
        return await people.with_tag(tag.strip().lower().removeprefix("#"), named(room) if room else None)


async def forget(settings: Settings, found: list[people.InRoom]) -> None:
    """Erase these people: names and texts, in open windows too. Raises DatabaseError."""
    async with opened(settings) as database:
        for person in found:
            await append(database, [Draft(Forgotten(room=person.room, seat=person.seat))])
        await _retention(database).erase_who_left()


def _retention(database: Database) -> Retention:
    return Retention(database, at_once, lambda: datetime.now(UTC), Kept(0, 0))
