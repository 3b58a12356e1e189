"""Searching all rooms' messages, for moderators: from the newest on, so many rows at a time."""

from datetime import datetime
from typing import Any, NamedTuple

from chat.storage.tables import Event

SCANNED = 200_000
"""Events that one search looks at; it goes on by a link."""


class Wanted(NamedTuple):
    """What is looked for: each where not empty."""

    text: str = ""
    nickname: str = ""
    seat_tag: str = ""
    address: str = ""
    room: str = ""


class Found(NamedTuple):
    """A message, as moderators see it."""

    id: int
    room: str
    seq: int
    seat: str
    nickname: str | None
    text: str
    address: str
    at: datetime


class Page(NamedTuple):
    """Messages that were found, the newest first."""

    messages: list[Found]
    looked_to: int
    """The id down to which it has looked."""
    ends: bool
    """Whether there is nothing older."""


async def search(wanted: Wanted, before: int, count: int) -> Page:
    """Messages below an id that are like this, at most `count`, among SCANNED events. A text is found in any case of
    Latin letters. Raises Unavailable."""
    rows = await Event.raw("SELECT COALESCE(MAX(id), 0) AS last, COALESCE(MIN(id), 1) AS first FROM event").run()
    upper = min(before, rows[0]["last"] + 1)
    lower = max(upper - SCANNED, rows[0]["first"])
    where, values = _conditions(wanted)
    found: list[dict[str, Any]] = await Event.raw(
        "SELECT event.id, room.name AS room, event.seq, event.seat, event.nickname, event.text, event.address, "
        "event.at FROM event JOIN room ON room.id = event.room "
        f"WHERE event.id < {{}} AND event.id >= {{}} AND event.kind = 'message' AND NOT event.erased {where} "
        "AND event.seat NOT IN (SELECT seat FROM leaver WHERE NOT erased) "
        "ORDER BY event.id DESC LIMIT {}",
        upper,
        lower,
        *values,
        count,
    ).run()
    messages = [Found(**row) for row in found]
    looked_to = messages[-1].id if len(messages) == count else lower
    return Page(messages, looked_to, ends=len(messages) < count and lower <= rows[0]["first"])


def _conditions(wanted: Wanted) -> tuple[str, list[Any]]:
    where, values = "", list[Any]()
    if wanted.text:
        # SQLite's LIKE knows no case of Latin letters, and takes half the time of one with LOWER
        like = "LIKE" if Event._meta.db.engine_type == "sqlite" else "ILIKE"
        where += f"AND event.text {like} {{}} ESCAPE '!' "
        values.append("%" + _escaped(wanted.text) + "%")
    if wanted.nickname:
        where += "AND LOWER(event.nickname) = {} "
        values.append(wanted.nickname.lower())
    for column, value in (("event.address", wanted.address), ("room.name", wanted.room)):
        if value:
            where += f"AND {column} = {{}} "
            values.append(value)
    return where, values


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
