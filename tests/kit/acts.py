"""What somebody does in a room, without a browser."""

from __future__ import annotations

from typing import Any

from chat.actions import messages, rooms
from chat.app import Chat
from chat.domain import seats
from chat.domain.events import Event, Message, Notice, Removal
from chat.domain.visitors import Visitor
from chat.storage import log
from chat.storage.tables import Event as EventRow
from tests.kit.chats import Clock

EVERYTHING = 1_000_000


def visitor(seat: str | None = None, address: str = "") -> Visitor:
    """Somebody, in a browser of their own."""
    seat = seat or seats.new_id()
    return Visitor(seat, f"browser of {seat}", address, "en")


async def says(
    chat: Chat, room: str, text: str, *, seat: str | None = None, key: str | None = None, address: str = ""
) -> Message:
    said = await messages.say(chat.services.actions, room, visitor(seat, address), text, key or seats.new_id())
    assert said is not None
    return said


async def removes(chat: Chat, room: str, seq: int) -> Removal | None:
    """A moderator removes a message."""
    return await messages.remove(chat.services.actions, room, "moderator", seq)


async def gives_notice(chat: Chat, room: str, text: str) -> Notice:
    """The site says a line."""
    return await rooms.notice(chat.services.actions, room, "house", text)


async def sets_the_room(chat: Chat, room: str) -> None:
    """A moderator says what the room is about, makes it slow, and locks it."""
    await rooms.set_topic(chat.services.actions, room, "moderator", "tea")
    await rooms.set_slow(chat.services.actions, room, "moderator", 10)
    await rooms.set_lock(chat.services.actions, room, "moderator", True)


async def forgets(chat: Chat, clock: Clock) -> None:
    """The rooms that nobody waits in were idle for long."""
    clock.passes(chat.services.sizes.idle_seconds + 1)
    await chat.services.hub.forget_idle()


async def whole_log(room: str) -> list[Event]:
    """Every event of a room."""
    return await log.after(room, 0, EVERYTHING)


async def loses(room: str, *seqs: int) -> None:
    """Rows vanish from the database, as no part of the chat would have it."""
    rows = await EventRow.select(EventRow.id).where((EventRow.room.name == room) & EventRow.seq.is_in(list(seqs)))
    await EventRow.delete().where(EventRow.id.is_in([row["id"] for row in rows]))


async def becomes_unknown(event: Event) -> None:
    """The event is of a kind that only a newer version knows."""
    await _change(event, {EventRow.kind: "newer"})


async def _change(event: Event, values: dict[Any, Any]) -> None:
    rows = await EventRow.select(EventRow.id).where((EventRow.room.name == event.room) & (EventRow.seq == event.seq))
    await EventRow.update(values).where(EventRow.id == rows[0]["id"])
