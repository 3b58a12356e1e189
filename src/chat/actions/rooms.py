"""Rooms: notice, set_topic, set_lock, set_slow, clear. All are acts of a moderator, who is named."""

from typing import cast

from chat.actions.context import Context
from chat.domain import rooms, texts
from chat.domain.acts import MODERATOR, Act
from chat.domain.events import Cleared, Lock, Notice, Slow, Topic


async def notice(context: Context, room: str, moderator: str, text: str) -> Notice:
    """Say a line as the site. Raises Refused."""
    line = texts.clean(text, limit=context.message_length)
    act = Act(moderator, "notice", room, detail=line)
    result = await context.writer.store(Notice(room=room, seat=MODERATOR, text=line), act=act)
    return cast(Notice, result.event)


async def set_topic(context: Context, room: str, moderator: str, text: str) -> Topic:
    """Say what the room is about, or with an empty text nothing. Raises Refused."""
    topic = rooms.topic(text)
    act = Act(moderator, "topic", room, detail=topic)
    result = await context.writer.store(Topic(room=room, seat=MODERATOR, text=topic), act=act)
    return cast(Topic, result.event)


async def set_lock(context: Context, room: str, moderator: str, locked: bool) -> Lock:
    """Let nobody but moderators write from now on, or everybody again. Raises Refused."""
    act = Act(moderator, "lock" if locked else "unlock", room)
    result = await context.writer.store(Lock(room=room, seat=MODERATOR, locked=locked), act=act)
    return cast(Lock, result.event)


async def set_slow(context: Context, room: str, moderator: str, seconds: int) -> Slow:
    """Let each person say one message in so many seconds; 0: as many as they like. Raises Refused."""
    act = Act(moderator, "slow", room, detail=str(rooms.pace(seconds)))
    result = await context.writer.store(Slow(room=room, seat=MODERATOR, seconds=seconds), act=act)
    return cast(Slow, result.event)


async def clear(context: Context, room: str, moderator: str) -> bool:
    """Erase all that was said in a room, for good; False when there is no such room. Raises Refused."""
    result = await context.writer.store(Cleared(room=room, seat=MODERATOR), act=Act(moderator, "clear", room))
    return result.event is not None
