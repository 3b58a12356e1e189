"""The log of what moderators did. The database lets nobody change a row of it, or take one away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chat.domain.acts import Act
from chat.storage.log import placeholders
from chat.storage.tables import Act as ActRow

COLUMNS = ("at", *Act._fields)


async def record(acts: Sequence[Act], at: datetime | None = None) -> None:
    """Add acts, in the transaction that they happen in."""
    if not acts:
        return
    at = at or datetime.now(UTC)
    values: list[Any] = [value for act in acts for value in (at, *act)]
    rows = ", ".join([f"({placeholders(len(COLUMNS))})"] * len(acts))
    await ActRow.raw(f"INSERT INTO act ({', '.join(COLUMNS)}) VALUES {rows}", *values).run()


async def newest(count: int, before: int = 2**62) -> list[dict[str, Any]]:
    """Acts, the newest first, below this id."""
    query = ActRow.select().where(ActRow.id < before).order_by(ActRow.id, ascending=False).limit(count)
    return list(await query.run())
