"""Reading the rooms' log: by pages, and by the digests under which events were stored."""

from collections.abc import Sequence
from typing import Any

from chat.domain.events import Event
from chat.domain.rooms import Ends
from chat.storage import people, postgres
from chat.storage.database import Database
from chat.storage.rows import from_row
from chat.storage.tables import Event as EventTable
from chat.storage.tables import Room as RoomTable


def placeholders(count: int) -> str:
    """`{}, {}, …`: Piccolo's placeholders for `count` values."""
    return ", ".join(["{}"] * count)


async def first_results(digests: Sequence[str]) -> dict[str | None, Event]:
    """What is stored already under these digests."""
    if not digests:
        return {}
    stored = await EventTable.raw(
        f"SELECT once FROM event WHERE once IN ({placeholders(len(digests))})", *digests
    ).run()
    if not stored:
        return {}
    once = [found["once"] for found in stored]
    rows = await _select(f"event.once IN ({placeholders(len(once))})", *once)
    return {found["once"]: from_row(found) for found in rows}


async def latest(room: str, count: int) -> list[Event]:
    """The newest events, oldest first."""
    return await before(room, 2**62, count)


async def before(room: str, seq: int, count: int) -> list[Event]:
    """The `count` events below `seq`, oldest first."""
    rows = await _select(f"{OF_ROOM} AND event.seq < {{}} ORDER BY event.seq DESC LIMIT {{}}", room, seq, count)
    return [from_row(found) for found in reversed(rows)]


async def after(room: str, seq: int, count: int) -> list[Event]:
    """The `count` events above `seq`, oldest first."""
    rows = await _select(f"{OF_ROOM} AND event.seq > {{}} ORDER BY event.seq LIMIT {{}}", room, seq, count)
    return [from_row(found) for found in rows]


async def one(room: str, seq: int) -> Event | None:
    """The event of this number."""
    rows = await _select(f"{OF_ROOM} AND event.seq = {{}}", room, seq)
    return from_row(rows[0]) if rows else None


async def newest_messages(room: str, upto: int, count: int, among: int) -> list[Event]:
    """The newest messages up to a number, the newest first: `count` at most, found among so many events.

    Numbers have no gaps, so `among` bounds what is read, however much else a room's log holds.
    """
    where = f"{OF_ROOM} AND event.seq <= {{}} AND event.seq > {{}} AND event.kind = 'message'"
    rows = await _select(f"{where} ORDER BY event.seq DESC LIMIT {{}}", room, upto, upto - among, count)
    return [from_row(found) for found in rows]


async def last_seq(room: str) -> int:
    """The number of the room's newest event; 0 when the room does not exist."""
    found = await RoomTable.select(RoomTable.last_seq).where(RoomTable.name == room).first().run()
    return found["last_seq"] if found else 0


async def first_seq(room: str) -> int:
    """The number of the room's oldest event that is kept; 1 when the room does not exist."""
    found = await RoomTable.select(RoomTable.first_seq).where(RoomTable.name == room).first().run()
    return found["first_seq"] if found else 1


async def ends(rooms: Sequence[str]) -> dict[str, Ends]:
    """What is kept of many rooms; those that do not exist are left out."""
    found: dict[str, Ends] = {}
    for start in range(0, len(rooms), 500):
        some = rooms[start : start + 500]
        query = f"SELECT name, first_seq, last_seq FROM room WHERE name IN ({placeholders(len(some))})"
        for row in await RoomTable.raw(query, *some).run():
            found[row["name"]] = Ends(row["first_seq"], row["last_seq"])
    return found


async def last_seqs(rooms: Sequence[str]) -> dict[str, int]:
    """The same of many rooms, where several processes store; those that do not exist are left out."""
    return await postgres.last_seqs(rooms)


SELECT = """
SELECT room.name AS room, event.seq, event.kind, event.seat, event.nickname, event.text, event.at, event.target,
event.erased, event.once, event.mentions, event.hidden,
quoted.seat AS quoted_seat, quoted.nickname AS quoted_nickname, quoted.text AS quoted_text,
quoted.erased AS quoted_erased, leaver.id IS NOT NULL AS has_left, quoted_leaver.id IS NOT NULL AS quoted_has_left
FROM event JOIN room ON room.id = event.room
LEFT JOIN leaver ON leaver.seat = event.seat
LEFT JOIN event AS quoted
ON event.kind = 'message' AND quoted.room = event.room AND quoted.seq = event.target AND quoted.kind = 'message'
AND quoted.seq >= room.first_seq
LEFT JOIN leaver AS quoted_leaver ON quoted_leaver.seat = quoted.seat
WHERE """
"""A reply is read together with what it quotes. Nobody reads what a person said who has left, though it is erased a
few rows at a time."""
OF_ROOM = "event.room = (SELECT id FROM room WHERE name = {}) AND event.seq >= room.first_seq"
"""What a cleared room held before is erased a few rows at a time, and read by nobody meanwhile."""


async def _select(where: str, *values: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await EventTable.raw(SELECT + where, *values).run()
    return rows


async def check(database: Database) -> None:
    """Write something and take it back. Raises DatabaseError."""
    async with database.writing():
        await people.touch()
