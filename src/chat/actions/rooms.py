"""Rooms: notice, set_topic, set_lock, set_slow."""

from typing import cast

from chat.actions.context import Context
from chat.domain import rooms, texts
from chat.domain.events import Lock, Notice, Slow, Topic


async def notice(context: Context, room: str, seat: str, text: str) -> Notice:
    """Say a line as the site; `seat` is who did it. Raises Refused."""
    line = texts.clean(text, limit=context.message_length)
    result = await context.writer.store(Notice(room=room, seat=seat, text=line))
    return cast(Notice, result.event)


async def set_topic(context: Context, room: str, seat: str, text: str) -> Topic:
    """Say what the room is about, or with an empty text nothing. Raises Refused."""
    result = await context.writer.store(Topic(room=room, seat=seat, text=rooms.topic(text)))
    return cast(Topic, result.event)


async def set_lock(context: Context, room: str, seat: str, locked: bool) -> Lock:
    """Let nobody write from now on, or everybody again. Raises Refused."""
    result = await context.writer.store(Lock(room=room, seat=seat, locked=locked))
    return cast(Lock, result.event)


async def set_slow(context: Context, room: str, seat: str, seconds: int) -> Slow:
    """Let each person say one message in so many seconds; 0: as many as they like. Raises Refused."""
    result = await context.writer.store(Slow(room=room, seat=seat, seconds=rooms.pace(seconds)))
    return cast(Slow, result.event)
