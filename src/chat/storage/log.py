"""The room log as rows: numbered and stored in one transaction, read by pages."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chat.storage import people, postgres
from chat.storage.database import Database
from chat.storage.tables import Event as EventTable
from chat.storage.tables import Room as RoomTable


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a room's log, as stored.

    kind      what `text` and `target` mean
    message   `text` is what `nickname` said; once removed it is empty and `erased`
    rename    `nickname` is the old name, `text` the new one; empty stands for the default
    removal   message number `target` was removed
    notice    `text` is said by the house
    """

    room: str
    seq: int
    kind: str
    seat: str
    nickname: str | None
    text: str
    at: datetime
    target: int | None = None
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no number yet. `once` is the digest under which it is stored at most once."""

    room: str
    kind: str
    seat: str
    text: str = ""
    target: int | None = None
    once: str | None = None


class Result(NamedTuple):
    """What became of a draft: its event (None: it left none), and whether this transaction made it."""

    event: Event | None
    fresh: bool


COLUMNS = ("room", "seq", "kind", "seat", "nickname", "text", "target", "erased", "at", "once")


def marks(count: int) -> str:
    """`{}, {}, …`: Piccolo's placeholders for `count` values."""
    return ", ".join(["{}"] * count)


Tell = Callable[[Mapping[str, int]], Awaitable[None]]
"""Gets each room's newest number within the transaction that stores it."""


async def append(database: Database, drafts: Sequence[Draft], tell: Tell | None = None) -> list[Result]:
    """Store the drafts in one transaction and answer their events, in the same order.

    A draft whose `once` is stored already answers the first result and takes no number.
    Some leave no event: a rename to the same name or in a room that does
    not exist yet, a removal of what is not there. Raises the database's errors, having
    stored nothing.
    """
    async with database.writing():
        if database.shared:
            await postgres.lock_rooms(draft.room for draft in drafts)
        known = await first_results([draft.once for draft in drafts if draft.once])
        fresh = [draft for draft in drafts if draft.once not in known]
        stored = await _Batch(fresh).store()
        if tell and stored:
            await tell({event.room: event.seq for event in stored.values()})
    return [
        Result(known[draft.once], False) if draft.once in known else Result(stored.get(id(draft)), True)
        for draft in drafts
    ]


class _Batch:
    """The drafts of one transaction, on their way to becoming events."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.at = datetime.now(UTC)
        self.nicknames: dict[str, str | None] = {}

    async def store(self) -> dict[int, Event]:
        self.nicknames = await people.nicknames({draft.seat for draft in self.drafts})
        newcomers = {d.seat for d in self.drafts if d.kind in ("message", "rename")} - self.nicknames.keys()
        unnumbered = [(draft, event) for draft in self.drafts if (event := await self.event(draft))]
        rooms: defaultdict[str, list[tuple[Draft, Event]]] = defaultdict(list)
        for draft, event in unnumbered:
            rooms[event.room].append((draft, event))
        stored: dict[int, Event] = {}
        rows: list[Any] = []
        for room in sorted(rooms):  # one order for every process: no deadlock
            room_id, last_seq = await self.numbers(room, [event for _, event in rooms[room]])
            if room_id is None:
                continue
            for seq, (draft, event) in enumerate(rooms[room], last_seq - len(rooms[room]) + 1):
                stored[id(draft)] = event = replace(event, seq=seq)
                rows += row(room_id, event, draft.once)
        await insert(rows)
        renamed = {d.seat for d in self.drafts if d.kind == "rename"}
        await people.enter(newcomers - renamed)
        await people.keep({seat: self.nicknames.get(seat) for seat in renamed})
        return stored

    async def event(self, draft: Draft) -> Event | None:
        nickname = self.nicknames.get(draft.seat)
        if draft.kind == "rename":
            self.nicknames[draft.seat] = draft.text or None
            if (draft.text or None) == nickname:
                return None
        if draft.kind == "removal" and not await erase(draft.room, draft.target):
            return None
        return Event(draft.room, 0, draft.kind, draft.seat, nickname, draft.text, self.at, draft.target)

    async def numbers(self, room: str, events: list[Event]) -> tuple[int | None, int]:
        """Take as many numbers as there are events: the room's id and the last number taken."""
        take = "UPDATE room SET last_seq = last_seq + {} WHERE name = {} RETURNING id, last_seq"
        taken = await RoomTable.raw(take, len(events), room).run()
        if not taken:
            if all(event.kind == "rename" for event in events):
                return None, 0
            make = "INSERT INTO room (name, last_seq, created_at) VALUES ({}, 0, {}) ON CONFLICT (name) DO NOTHING"
            await RoomTable.raw(make, room, self.at).run()
            taken = await RoomTable.raw(take, len(events), room).run()
        return taken[0]["id"], taken[0]["last_seq"]


def row(room_id: int, event: Event, once: str | None) -> tuple[Any, ...]:
    return (
        room_id,
        event.seq,
        event.kind,
        event.seat,
        event.nickname,
        event.text,
        event.target,
        event.erased,
        event.at,
        once,
    )


async def insert(values: list[Any]) -> None:
    if values:
        rows = ", ".join([f"({marks(len(COLUMNS))})"] * (len(values) // len(COLUMNS)))
        await EventTable.raw(f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES {rows}", *values).run()


async def erase(room: str, seq: int | None) -> bool:
    """Empty a message for good; False when there is no such message, or no longer."""
    erased = await EventTable.raw(
        "UPDATE event SET text = '', erased = {} WHERE room = (SELECT id FROM room WHERE name = {}) "
        "AND seq = {} AND kind = 'message' AND erased = {} RETURNING seq",
        True,
        room,
        seq,
        False,
    ).run()
    return bool(erased)


async def first_results(digests: Sequence[str]) -> dict[str | None, Event]:
    """What is stored already under these digests."""
    if not digests:
        return {}
    stored = await EventTable.raw(f"SELECT once FROM event WHERE once IN ({marks(len(digests))})", *digests).run()
    if not stored:
        return {}
    rows = await _select(EventTable.once.is_in([found["once"] for found in stored])).columns(EventTable.once).run()
    return {found.pop("once"): _event(found) for found in rows}


async def latest(room: str, count: int) -> list[Event]:
    """The newest events, oldest first."""
    return await before(room, 2**62, count)


async def before(room: str, seq: int, count: int) -> list[Event]:
    """The `count` events below `seq`, oldest first."""
    query = _select((EventTable.room.name == room) & (EventTable.seq < seq))
    rows = await query.order_by(EventTable.seq, ascending=False).limit(count).run()
    return [_event(found) for found in reversed(rows)]


async def after(room: str, seq: int, count: int) -> list[Event]:
    """The `count` events above `seq`, oldest first."""
    query = _select((EventTable.room.name == room) & (EventTable.seq > seq))
    return [_event(found) for found in await query.order_by(EventTable.seq).limit(count).run()]


async def last_seq(room: str) -> int:
    """The number of the room's newest event; 0 when the room does not exist."""
    found = await RoomTable.select(RoomTable.last_seq).where(RoomTable.name == room).first().run()
    return found["last_seq"] if found else 0


async def last_seqs(rooms: Sequence[str]) -> dict[str, int]:
    """The same of many rooms, where several processes store; those that do not exist are left out."""
    return await postgres.last_seqs(rooms)


def _select(where: Any) -> Any:
    table = EventTable
    columns = (
        table.seq,
        table.kind,
        table.seat,
        table.nickname,
        table.text,
        table.at,
        table.target,
        table.erased,
    )
    return table.select(table.room.name.as_alias("room"), *columns).where(where)


def _event(found: dict[str, Any]) -> Event:
    return Event(**found)


async def check(database: Database) -> None:
    """Write something and take it back. Raises the database's errors."""
    async with database.writing():
        await people.touch()
