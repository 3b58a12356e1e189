"""Storing events: numbered and committed in one transaction."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chat.domain.acts import Act
from chat.domain.events import Cleared, Event, Forgotten, Hiding, Message, Quote, Removal, Rename
from chat.domain.mentions import AMONG, SIGNS, Mention, Speaker, find
from chat.domain.refusals import Refused
from chat.domain.seats import tag
from chat.domain.visitors import NOWHERE, Origin
from chat.storage import acts, held, people, postgres, rooms, versions
from chat.storage.database import Database
from chat.storage.log import first_results, one, placeholders
from chat.storage.rooms import Numbering, Pace
from chat.storage.rows import COLUMNS, to_row
from chat.storage.tables import Event as EventTable


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that has no number yet. `once` is the digest under which it is stored at most once."""

    event: Event
    once: str | None = None
    origin: Origin = NOWHERE
    act: Act | None = None
    """The moderator's act that it is: logged in the same transaction, when it leaves an event."""
    is_moderator: bool = False
    """Whether it may be said where the room is locked or slow."""
    held: int | None = None
    """The id of the message that waited and that it is: it waits no longer, in the same transaction."""


class Result(NamedTuple):
    """What became of a draft: its event (None: it left none), and whether this transaction made it; or why not."""

    event: Event | None
    fresh: bool
    refused: Refused | None = None


Announce = Callable[[Mapping[str, int]], Awaitable[None]]
"""Gets each room's newest number within the transaction that stores it."""


async def append(database: Database, drafts: Sequence[Draft], announce: Announce | None = None) -> list[Result]:
    """Store the drafts in one transaction and answer their events, in the same order.

    A draft whose `once` is stored already answers the first result and takes no number. Some leave no event: a
    rename to the same name or in a room that does not exist yet, a removal of what is not there, a reply to it, what
    waited for a moderator and does not any more, what is refused because its room is locked or slow.
    Raises DatabaseError, having stored nothing.
    """
    async with database.writing():
        if database.shared:
            opened = sorted({draft.event.room for draft in drafts if draft.event.opens})
            if opened:
                await postgres.make_rooms(opened, map(rooms.digest_of, opened), datetime.now(UTC))
            await postgres.lock_rooms(draft.event.room for draft in drafts)
        known = await first_results([draft.once for draft in drafts if draft.once])
        fresh = [draft for draft in drafts if draft.once not in known]
        stored = await _Batch(fresh).store()
        events = [result.event for result in stored.values() if result.event]
        if announce and events:
            await announce({event.room: event.seq for event in events})
    return [
        Result(known[draft.once], False) if draft.once in known else stored.get(id(draft), Result(None, True))
        for draft in drafts
    ]


class _Batch:
    """The drafts of one transaction, on their way to becoming events."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = drafts
        self.at = datetime.now(UTC)
        self.nicknames: dict[str, str | None] = {}
        self.renamed: set[str] = set()
        self.left: set[str] = set()
        """Seats that their people have given up."""
        self.acts: list[Act] = []
        self.results: dict[int, Result] = {}
        """What became of each draft, by its identity."""

    async def store(self) -> dict[int, Result]:
        self.nicknames, self.left = await people.known({draft.event.seat for draft in self.drafts})
        known = set(self.nicknames)
        by_room: defaultdict[str, list[Draft]] = defaultdict(list)
        for draft in self.drafts:
            by_room[draft.event.room].append(draft)
        rows: list[Any] = []
        for room in sorted(by_room):  # one order for every process: no deadlock
            rows += await self.number(by_room[room])
        await insert(rows)
        stored = [result.event for result in self.results.values()]
        spoke = {event.seat for event in stored if isinstance(event, Message)}
        await people.enter(spoke - self.renamed - known - self.left)
        await people.keep({seat: self.nicknames.get(seat) for seat in self.renamed - self.left})
        await acts.record(self.acts, self.at)
        if any(isinstance(event, Forgotten | Cleared) for event in stored):
            await versions.change(versions.ERASED)
        return self.results

    async def number(self, drafts: Sequence[Draft]) -> list[Any]:
        """Give each event of a room its number, one after the other, and answer the values of their rows.

        As many numbers are taken as there are drafts, which tells how the room is; those that are not needed are given
        back before anybody has seen them.
        """
        room = await rooms.take_numbers([draft.event for draft in drafts], self.at)
        before, pace = room, Pace(self.at)
        rows: list[Any] = []
        for draft in drafts:
            try:
                event = await self.settled(draft, room, pace)
            except Refused as refused:
                self.results[id(draft)] = Result(None, True, refused)
                continue
            if event and room:
                event = replace(event, seq=room.next_seq)
                room = room.after(event)
                rows += to_row(room.id, event, draft.once, draft.origin)
                self.results[id(draft)] = Result(event, True)
                if draft.act:
                    self.acts.append(draft.act)
        if room and before:
            await rooms.keep(room, before, len(drafts))
            if cleared := [event.seq for event in self.events_of(drafts) if isinstance(event, Cleared)]:
                await rooms.begin_at(room.id, cleared[-1])
        return rows

    def events_of(self, drafts: Sequence[Draft]) -> list[Event]:
        results = [self.results.get(id(draft)) for draft in drafts]
        return [result.event for result in results if result and result.event]

    async def settled(self, draft: Draft, room: Numbering | None, pace: Pace) -> Event | None:
        """The event as it will stand in the log; None: it leaves no event.

        Raises Refused: person.left, room.locked, room.slow.
        """
        event = draft.event
        if event.seat in self.left:
            raise Refused("person.left")
        nickname = self.nicknames.get(event.seat)
        match event:
            case Message():
                quote = await quoted(event.room, event.quote.seq) if event.quote else None
                if event.quote and not quote:
                    return None
                if draft.held is not None and not await held.take(draft.held):
                    return None
                if room and not draft.is_moderator:
                    await pace.check(event.seat, room.state)
                named = await mentioned(room, event.text) if room and set(SIGNS) & set(event.text) else ()
                return replace(event, nickname=nickname, quote=quote, mentions=named, at=self.at)
            case Rename():
                self.nicknames[event.seat] = event.new
                self.renamed.add(event.seat)
                return replace(event, old=nickname, at=self.at) if event.new != nickname else None
            case Hiding():
                return replace(event, at=self.at) if await hide(event.room, event.target, event.hidden) else None
            case Removal():
                return replace(event, at=self.at) if await erase(event.room, event.target) else None
            case Forgotten():
                self.left.add(event.seat)
                await people.leave(event.seat, tag(event.seat), self.at)
                return replace(event, at=self.at)
        return replace(event, at=self.at)


async def insert(values: list[Any]) -> None:
    if values:
        rows = ", ".join([f"({placeholders(len(COLUMNS))})"] * (len(values) // len(COLUMNS)))
        await EventTable.raw(f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES {rows}", *values).run()


async def mentioned(room: Numbering, text: str) -> tuple[Mention, ...]:
    """Whom a text mentions, among those who spoke in the room lately."""
    rows = await EventTable.raw(
        "SELECT DISTINCT seat, nickname FROM event WHERE room = {} AND seq >= {} AND kind = 'message' "
        "AND seat <> '' AND seat NOT IN (SELECT seat FROM leaver) "
        "UNION SELECT person.seat, person.nickname FROM event JOIN person ON person.seat = event.seat "
        "WHERE room = {} AND seq >= {} AND kind = 'message'",
        *(room.id, room.next_seq - AMONG) * 2,
    ).run()
    return find(text, [Speaker(row["seat"], row["nickname"]) for row in rows])


async def quoted(room: str, seq: int) -> Quote | None:
    """What a reply to this message quotes; None when there is no such message, or no longer."""
    message = await one(room, seq)
    return Quote.of(message) if isinstance(message, Message) and not message.erased else None


async def hide(room: str, seq: int, hidden: bool) -> bool:
    """Hide a message, or show it again; False when it is so already, or is not there any more."""
    changed = await EventTable.raw(
        "UPDATE event SET hidden = {} WHERE room = (SELECT id FROM room WHERE name = {}) "
        "AND seq = {} AND kind = 'message' AND erased = {} AND hidden = {} RETURNING seq",
        hidden,
        room,
        seq,
        False,
        not hidden,
    ).run()
    return bool(changed)


async def erase(room: str, seq: int) -> bool:
    """Empty a message for good; False when there is no such message, or no longer."""
    erased = await EventTable.raw(
        "UPDATE event SET text = '', mentions = '', erased = {} WHERE room = (SELECT id FROM room WHERE name = {}) "
        "AND seq = {} AND kind = 'message' AND erased = {} RETURNING seq",
        True,
        room,
        seq,
        False,
    ).run()
    return bool(erased)
