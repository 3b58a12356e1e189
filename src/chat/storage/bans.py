"""Bans as rows."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from chat.domain.acts import Act
from chat.domain.bans import Ban
from chat.storage import acts, versions
from chat.storage.database import Database
from chat.storage.tables import Ban as BanRow


async def in_force(now: datetime) -> list[Ban]:
    """The bans that hold at this moment."""
    query = BanRow.select().where(BanRow.lifted_at.is_null() & (BanRow.ends_at.is_null() | (BanRow.ends_at > now)))
    return [from_row(row) for row in await query.run()]


async def newest(count: int, before: int = 2**62) -> list[Ban]:
    """Bans, those that are over too, the newest first, below this id."""
    query = BanRow.select().where(BanRow.id < before).order_by(BanRow.id, ascending=False).limit(count)
    return [from_row(row) for row in await query.run()]


async def one(number: int) -> Ban | None:
    row = await BanRow.select().where(BanRow.id == number).first().run()
    return from_row(row) if row else None


async def make(database: Database, ban: Ban, act: Act) -> Ban:
    """Store a ban, and the act. Raises DatabaseError."""
    values = asdict(ban)
    del values["id"]
    async with database.writing():
        names = ", ".join(values)
        rows = await BanRow.raw(
            f"INSERT INTO ban ({names}) VALUES ({', '.join(['{}'] * len(values))}) RETURNING id", *values.values()
        ).run()
        await acts.record([act], ban.made_at)
        await versions.change(versions.BANS)
    return from_row({**values, "id": rows[0]["id"]})


async def lift(database: Database, number: int, now: datetime, act: Act) -> bool:
    """End a ban now; False when it was over already. Raises DatabaseError."""
    async with database.writing():
        rows = await BanRow.raw(
            "UPDATE ban SET lifted_at = {} WHERE id = {} AND lifted_at IS NULL "
            "AND (ends_at IS NULL OR ends_at > {}) RETURNING id",
            now,
            number,
            now,
        ).run()
        if rows:
            await acts.record([act], now)
            await versions.change(versions.BANS)
    return bool(rows)


async def extend(database: Database, number: int, now: datetime, ends_at: datetime | None, act: Act) -> bool:
    """Let a ban that is in force end at another time; False when it is over. Raises DatabaseError."""
    async with database.writing():
        rows = await BanRow.raw(
            "UPDATE ban SET ends_at = {} WHERE id = {} AND lifted_at IS NULL "
            "AND (ends_at IS NULL OR ends_at > {}) RETURNING id",
            ends_at,
            number,
            now,
        ).run()
        if rows:
            await acts.record([act], now)
            await versions.change(versions.BANS)
    return bool(rows)


def from_row(row: dict[str, Any]) -> Ban:
    return Ban(**{name: row[name] for name in Ban.__dataclass_fields__})
