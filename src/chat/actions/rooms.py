"""Rooms: notice."""

from typing import cast

from chat.actions.context import Context
from chat.domain import texts
from chat.domain.events import Notice


async def notice(context: Context, room: str, seat: str, text: str) -> Notice:
    """Say a line as the site; `seat` is who did it. Raises Refused."""
    line = texts.clean(text, limit=context.message_length)
    result = await context.writer.store(Notice(room=room, seat=seat, text=line))
    return cast(Notice, result.event)
