"""Storing events: numbered and committed in one transaction."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chat.domain.events import Event, Message, Quote, Removal, Rename
from chat.storage import people, postgres
from chat.storage.database import Database
from chat.storage.log import first_results, one, placeholders
from chat.storage.rows import COLUMNS, to_row
from chat.storage.tables import Event as EventTable
from chat.storage.tables import Room as RoomTable


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no number yet. `once` is the digest under which it is stored at most once."""

    event: Event
    once: str | None = None


class Result(NamedTuple):
    """What became of a draft: its event (None: it left none), and whether this transaction made it."""

    event: Event | None
    fresh: bool


Announce = Callable[[Mapping[str, int]], Awaitable[None]]
"""Gets each room's newest number within the transaction that stores it."""


async def append(database: Database, drafts: Sequence[Draft], announce: Announce | None = None) -> list[Result]:
    """Store the drafts in one transaction and answer their events, in the same order.

    A draft whose `once` is stored already answers the first result and takes no number. Some leave no event: a
    rename to the same name or in a room that does not exist yet, a removal of what is not there, a reply to it. Raises
    DatabaseError, having stored nothing.
    """
    async with database.writing():
        if database.shared:
            await postgres.lock_rooms(draft.event.room for draft in drafts)
        known = await first_results([draft.once for draft in drafts if draft.once])
        fresh = [draft for draft in drafts if draft.once not in known]
        stored = await _Batch(fresh).store()
        if announce and stored:
            await announce({event.room: event.seq for event in stored.values()})
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
        events = [draft.event for draft in self.drafts]
        self.nicknames = await people.nicknames({event.seat for event in events})
        renamed = {event.seat for event in events if isinstance(event, Rename)}
        spoke = {event.seat for event in events if isinstance(event, Message)}
        newcomers = spoke - renamed - self.nicknames.keys()
        stored = await self.number(await self.settle())
        await people.enter(newcomers)
        await people.keep({seat: self.nicknames.get(seat) for seat in renamed})
        return stored

    async def settle(self) -> dict[str, list[tuple[Draft, Event]]]:
        """What is to be numbered, by room, each event as it will stand in the log."""
        rooms: defaultdict[str, list[tuple[Draft, Event]]] = defaultdict(list)
        for draft in self.drafts:
            if event := await self.settled(draft.event):
                rooms[event.room].append((draft, event))
        return rooms

    async def settled(self, event: Event) -> Event | None:
        nickname = self.nicknames.get(event.seat)
        match event:
            case Message():
                quote = await quoted(event.room, event.quote.seq) if event.quote else None
                if event.quote and not quote:
                    return None
                return replace(event, nickname=nickname, quote=quote, at=self.at)
            case Rename():
                self.nicknames[event.seat] = event.new
                return replace(event, old=nickname, at=self.at) if event.new != nickname else None
            case Removal():
                return replace(event, at=self.at) if await erase(event.room, event.target) else None
        return replace(event, at=self.at)

    async def number(self, rooms: Mapping[str, Sequence[tuple[Draft, Event]]]) -> dict[int, Event]:
        """Give each event its number, and store the rows; answers the events by their drafts' identity."""
        stored: dict[int, Event] = {}
        values: list[Any] = []
        for room in sorted(rooms):  # one order for every process: no deadlock
            room_id, last_seq = await self.take_numbers(room, [event for _, event in rooms[room]])
            if room_id is None:
                continue
            for seq, (draft, event) in enumerate(rooms[room], last_seq - len(rooms[room]) + 1):
                stored[id(draft)] = event = replace(event, seq=seq)
                values += to_row(room_id, event, draft.once)
        await insert(values)
        return stored

    async def take_numbers(self, room: str, events: Sequence[Event]) -> tuple[int | None, int]:
        """Take as many numbers as there are events: the room's id and the last number taken."""
        take = "UPDATE room SET last_seq = last_seq + {} WHERE name = {} RETURNING id, last_seq"
        taken = await RoomTable.raw(take, len(events), room).run()
        if not taken:
            if not any(event.opens for event in events):
                return None, 0
            make = "INSERT INTO room (name, last_seq, created_at) VALUES ({}, 0, {}) ON CONFLICT (name) DO NOTHING"
            await RoomTable.raw(make, room, self.at).run()
            taken = await RoomTable.raw(take, len(events), room).run()
        return taken[0]["id"], taken[0]["last_seq"]


async def insert(values: list[Any]) -> None:
    if values:
        rows = ", ".join([f"({placeholders(len(COLUMNS))})"] * (len(values) // len(COLUMNS)))
        await EventTable.raw(f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES {rows}", *values).run()


async def quoted(room: str, seq: int) -> Quote | None:
    """What a reply to this message quotes; None when there is no such message, or no longer."""
    message = await one(room, seq)
    return Quote.of(message) if isinstance(message, Message) and not message.erased else None


async def erase(room: str, seq: int) -> bool:
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
