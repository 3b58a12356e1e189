"""The list of unwanted words as rows."""

from typing import Any, NamedTuple

from chat.domain.acts import Act
from chat.domain.words import Line
from chat.storage import acts, versions
from chat.storage.database import Database
from chat.storage.tables import Word


class Listed(NamedTuple):
    """A line of the list, and who put it there."""

    text: str
    action: str
    moderator: str
    at: Any


async def all_lines() -> list[Listed]:
    """The list, in the order of its making."""
    query = Word.select(Word.text, Word.action, Word.moderator, Word.at).order_by(Word.id)
    return [Listed(**row) for row in await query.run()]


async def add(database: Database, lines: list[Line], moderator: str) -> None:
    """Add lines; what is there already is done otherwise from now on. Raises DatabaseError."""
    async with database.writing():
        for line in lines:
            await Word.raw(
                "INSERT INTO word (text, action, moderator) VALUES ({}, {}, {}) "
                "ON CONFLICT (text) DO UPDATE SET action = excluded.action, moderator = excluded.moderator",
                *line,
                moderator,
            ).run()
        await acts.record([Act(moderator, "add word", detail=f"{line.text} ({line.action})") for line in lines])
        await versions.change(versions.WORDS)


async def remove(database: Database, text: str, moderator: str) -> bool:
    """Take a line away; False when it is not there. Raises DatabaseError."""
    async with database.writing():
        rows = await Word.raw("DELETE FROM word WHERE text = {} RETURNING text", text).run()
        if rows:
            await acts.record([Act(moderator, "remove word", detail=rows[0]["text"])])
            await versions.change(versions.WORDS)
    return bool(rows)
