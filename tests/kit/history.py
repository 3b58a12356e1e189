"""A room's past."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from chat.app import Chat
from chat.domain import seats
from chat.domain.events import Message
from chat.storage.tables import Event


async def said(
    chat: Chat, texts: Iterable[str], room: str = "lobby", seat: str | None = None, at: datetime | None = None
) -> str:
    """Somebody says these things, faster than any limit; `at` a time of the past while nobody is in: their seat."""
    seat = seat or seats.new_id()
    results = await asyncio.gather(
        *(chat.services.writer.store(Message(room=room, seat=seat, text=text)) for text in texts)
    )
    if at:
        assert chat.services.hub.cached(room) is None
        numbers = [result.event.seq for result in results if result.event]
        await Event.update({Event.at: at.astimezone(UTC)}).where(Event.seq.is_in(numbers) & (Event.room.name == room))
    return seat
