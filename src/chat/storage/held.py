"""Messages that wait for a moderator, as rows."""

from datetime import UTC, datetime
from typing import NamedTuple

from chat.domain.acts import Act
from chat.domain.refusals import Refused
from chat.domain.visitors import Origin
from chat.storage import acts
from chat.storage.database import Database
from chat.storage.tables import Held as HeldRow

MOST_OF_ONE = 5
"""Messages of a person that may wait at once."""


class Held(NamedTuple):
    """A message that waits, or was not let through."""

    id: int
    room: str
    seat: str
    text: str
    target: int | None
    once: str
    address: str
    browser: str
    at: datetime
    done_at: datetime | None
    nickname: str | None = None

    @property
    def origin(self) -> Origin:
        return Origin(self.address, self.browser)


COLUMNS = ", ".join(f"held.{name}" for name in Held._fields[:-1]) + ", person.nickname"
SELECT = f"SELECT {COLUMNS} FROM held LEFT JOIN person ON person.seat = held.seat WHERE "


async def keep(
    database: Database, room: str, seat: str, text: str, target: int | None, once: str, origin: Origin
) -> None:
    """Let a message wait, once. Raises Refused: held.too_many; DatabaseError."""
    async with database.writing():
        await HeldRow.raw(
            "INSERT INTO held (room, seat, text, target, once, address, browser) VALUES ({}, {}, {}, {}, {}, {}, {}) "
            "ON CONFLICT (once) DO NOTHING",
            *(room, seat, text, target, once),
            *origin,
        ).run()
        rows = await HeldRow.raw("SELECT id FROM held WHERE seat = {} AND done_at IS NULL", seat).run()
        if len(rows) > MOST_OF_ONE:
            raise Refused("held.too_many", limit=MOST_OF_ONE)


async def take(number: int) -> bool:
    """A message waits no longer, in the transaction that makes it an event; False when it did not wait any more.

    Its row stays for a while: SQLite would give its id to the next one, and a moderator's page may be old.
    """
    rows = await HeldRow.raw(
        "UPDATE held SET done_at = {}, text = '', address = '', browser = '' WHERE id = {} AND done_at IS NULL "
        "RETURNING id",
        datetime.now(UTC),
        number,
    ).run()
    return bool(rows)


async def refuse(database: Database, held: Held, now: datetime, act: Act) -> bool:
    """A message is not let through; False when it did not wait any more. Raises DatabaseError."""
    async with database.writing():
        rows = await HeldRow.raw(
            "UPDATE held SET done_at = {} WHERE id = {} AND done_at IS NULL RETURNING id", now, held.id
        ).run()
        if rows:
            await acts.record([act], now)
    return bool(rows)


async def one(number: int) -> Held | None:
    """A message that waits."""
    rows = await HeldRow.raw(SELECT + "held.id = {} AND held.done_at IS NULL", number).run()
    return Held(**rows[0]) if rows else None


async def of_person(room: str, seat: str) -> list[Held]:
    """What a person's messages are that wait, or were not let through lately, in the order of their saying."""
    rows = await HeldRow.raw(
        SELECT + "held.room = {} AND held.seat = {} AND held.text <> '' ORDER BY held.id", room, seat
    ).run()
    return [Held(**row) for row in rows]


async def waiting(count: int, before: int) -> list[Held]:
    """What waits, the newest first, below this id."""
    rows = await HeldRow.raw(
        SELECT + "held.id < {} AND held.done_at IS NULL ORDER BY held.id DESC LIMIT {}", before, count
    ).run()
    return [Held(**row) for row in rows]
