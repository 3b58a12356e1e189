"""Rooms as rows: their numbers, how they are, and the list of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import Any, NamedTuple

from chat.domain.events import Event, Message
from chat.domain.refusals import Refused
from chat.domain.rooms import State
from chat.storage.tables import Clearing, Room, Vanished
from chat.storage.tables import Event as EventTable

SEARCHED = 10_000
"""Rooms among which a search looks, those with the newest messages: it may not read a whole great database."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """A room in the transaction that numbers its events."""

    id: int
    next_seq: int
    state: State
    last_minute: int

    def after(self, event: Event) -> "Numbering":
        """The room once this has happened."""
        minute = minute_of(event.at) if isinstance(event, Message) else self.last_minute
        return replace(self, next_seq=event.seq + 1, state=event.turns(self.state), last_minute=minute)


async def take_numbers(events: Sequence[Event], at: datetime) -> Numbering | None:
    """Take as many numbers as there are events of one room, which opens with the first that may open it."""
    room = events[0].room
    if taken := await _take(room, len(events)):
        return taken
    if not any(event.opens for event in events):
        return None
    last = await last_of_vanished(room)  # numbers are never given twice
    make = "INSERT INTO room (name, last_seq, first_seq, created_at, topic, locked, slow, last_minute) "
    values = "VALUES ({}, {}, {}, {}, '', {}, 0, 0) ON CONFLICT (name) DO NOTHING"
    await Room.raw(make + values, room, last, last + 1, at, False).run()
    return await _take(room, len(events))


async def last_of_vanished(room: str) -> int:
    """The number to which a room had come before it vanished; 0 when it never did."""
    rows = await Vanished.raw("SELECT last_seq FROM vanished WHERE digest = {}", digest_of(room)).run()
    return int(rows[0]["last_seq"]) if rows else 0


def digest_of(room: str) -> str:
    """By what a vanished room is known."""
    return blake2s(room.encode(), digest_size=16).hexdigest()


async def _take(room: str, count: int) -> Numbering | None:
    taken = await Room.raw(
        "UPDATE room SET last_seq = last_seq + {} WHERE name = {} "
        "RETURNING id, last_seq, topic, locked, slow, last_minute",
        count,
        room,
    ).run()
    if not taken:
        return None
    row = taken[0]
    return Numbering(row["id"], row["last_seq"] - count + 1, _state(row), row["last_minute"])


async def keep(room: Numbering, taken: Numbering, count: int) -> None:
    """Store how the room is now, where it is not as `take_numbers` left it, having taken `count` numbers."""
    if room == replace(taken, next_seq=taken.next_seq + count):
        return
    await Room.raw(
        "UPDATE room SET last_seq = {}, topic = {}, locked = {}, slow = {}, last_minute = {} WHERE id = {}",
        room.next_seq - 1,
        *room.state,
        room.last_minute,
        room.id,
    ).run()


async def begin_at(room: int, seq: int) -> None:
    """A room's log begins with this event: what is older is read by nobody any more, and erased soon."""
    await Room.raw("UPDATE room SET first_seq = {} WHERE id = {}", seq, room).run()
    await Clearing.raw("INSERT INTO clearing (room, first_seq) VALUES ({}, {})", room, seq).run()


class Pace:
    """When people last spoke in a room, as its transaction knows it: locks and slowness are decided here."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._spoke: dict[str, datetime] = {}

    async def check(self, seat: str, state: State) -> None:
        """Whether somebody may speak now, which counts as having spoken. Raises Refused: room.locked, room.slow."""
        if state.locked:
            raise Refused("room.locked")
        if state.slow:
            last = self._spoke.get(seat) or await last_spoke(seat, self._at - timedelta(seconds=state.slow))
            wait = math.ceil(state.slow - (self._at - last).total_seconds()) if last else 0
            if wait > 0:
                raise Refused("room.slow", seconds=wait)
        self._spoke[seat] = self._at


async def last_spoke(seat: str, since: datetime) -> datetime | None:
    """When a person said the newest message since then."""
    query = EventTable.select(EventTable.at).where(
        (EventTable.seat == seat) & (EventTable.at > since) & (EventTable.kind == Message.kind)
    )
    row = await query.order_by(EventTable.at, ascending=False).first().run()
    return row["at"] if row else None


class Listed(NamedTuple):
    """A room as it stands in the list."""

    id: int
    name: str
    topic: str
    last_minute: int

    @property
    def last_at(self) -> datetime:
        """The minute of its newest message."""
        return datetime.fromtimestamp(self.last_minute * 60, UTC)


class Place(NamedTuple):
    """A place in the list: behind the room that has these."""

    last_minute: int = 2**53
    id: int = 2**53


NEWEST = Place()
"""Before the first of them."""


async def listed(count: int, behind: Place = NEWEST, part: str = "") -> list[Listed]:
    """The listed rooms in whose names `part` stands, the one with the newest message first."""
    rows = (
        "SELECT id, name, topic, last_minute FROM room WHERE last_minute > 0 AND substr(name, 1, 1) <> '_' "
        "AND (last_minute, id) < ({}, {}) ORDER BY last_minute DESC, id DESC LIMIT {}"
    )
    values: list[Any] = [*behind, SEARCHED if part else count]
    if part:
        rows = f"SELECT * FROM ({rows}) AS newest WHERE name LIKE {{}} ESCAPE '!' "
        rows += "ORDER BY last_minute DESC, id DESC LIMIT {}"
        values += ["%" + part.replace("_", "!_") + "%", count]
    return [Listed(**row) for row in await Room.raw(rows, *values).run()]


async def all_rooms(count: int, behind: Place = NEWEST) -> list[Listed]:
    """The rooms, those in no list too, the one with the newest message first."""
    rows = await Room.raw(
        "SELECT id, name, topic, last_minute FROM room WHERE (last_minute, id) < ({}, {}) "
        "ORDER BY last_minute DESC, id DESC LIMIT {}",
        *behind,
        count,
    ).run()
    return [Listed(**row) for row in rows]


async def state(name: str) -> State:
    """How a room is; one that does not exist yet is open to all."""
    rows = await Room.raw("SELECT topic, locked, slow FROM room WHERE name = {}", name).run()
    return _state(rows[0]) if rows else State()


class Entered(NamedTuple):
    """What a seat's page shows beside the messages."""

    state: State
    nickname: str | None
    has_left: bool
    """Its person has given the seat up."""


async def entered(name: str, seat: str) -> Entered:
    """How a room is, and what a person is called there, in one query."""
    rows = await Room.raw(
        "SELECT topic, locked, slow, nickname, leaver.id AS leaver FROM (SELECT 1 AS one) AS always "
        "LEFT JOIN room ON room.name = {} LEFT JOIN person ON person.seat = {} LEFT JOIN leaver ON leaver.seat = {}",
        name,
        seat,
        seat,
    ).run()
    row = rows[0]
    state = _state(row) if row["topic"] is not None else State()
    return Entered(state, row["nickname"], row["leaver"] is not None)


def minute_of(at: datetime) -> int:
    """The minute of a moment, since 1970."""
    return int(at.timestamp()) // 60


def _state(row: Any) -> State:
    return State(row["topic"], bool(row["locked"]), row["slow"])
