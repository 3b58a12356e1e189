"""Messages: say, reply, take back, remove."""

from hashlib import blake2s
from typing import cast

from chat.actions.context import Context
from chat.domain import texts
from chat.domain.events import Message, Quote, Removal
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.storage import log
from chat.storage.log import first_results


async def say(
    context: Context, room: str, visitor: Visitor, text: str, key: str, reply_to: int | None = None
) -> Message:
    """Store what a person said, exactly once a (seat, key, text): a repeat answers the first result.

    The key is looked up before the limits: a retry is never too fast. `reply_to`: the number of the message that it
    answers; when that is not there, nothing is said. Raises Refused, Unavailable.
    """
    quote = Quote(seq=reply_to) if reply_to else None
    text, key = texts.clean(text, limit=context.message_length), texts.key(key)
    once = blake2s(f"{visitor.seat}\0{key}\0{text}".encode(), digest_size=16).hexdigest()
    new = context.writer.in_flight(once) is None
    if new:
        try:
            context.limits.message(visitor, text)
        except Refused:
            if first := (await first_results([once])).get(once):
                return cast(Message, first)
            raise
    try:
        result = await context.writer.store(Message(room=room, seat=visitor.seat, text=text, quote=quote), once)
    except Refused:
        if new:
            context.limits.refund_message(visitor, text)
        raise
    if new and (not result.fresh or result.event is None):
        context.limits.refund_message(visitor, text)
    if result.event is None:
        raise Refused("reply.gone")
    return cast(Message, result.event)


async def find(room: str, seq: int) -> Message | None:
    """A message that is still there. Raises Unavailable."""
    event = await log.one(room, seq)
    return event if isinstance(event, Message) and not event.erased else None


async def take_back(context: Context, room: str, visitor: Visitor, target: int) -> bool:
    """Remove a message of one's own; False when it is not there (any more), or somebody else's.

    Raises Refused, Unavailable.
    """
    message = await find(room, target)
    if message is None or message.seat != visitor.seat:
        return False
    return await remove(context, room, visitor.seat, target) is not None


async def remove(context: Context, room: str, seat: str, target: int) -> Removal | None:
    """Remove a message for good; `seat` is who did it. None when there is no such message, or no longer.

    Raises Refused.
    """
    result = await context.writer.store(Removal(room=room, seat=seat, target=target))
    return cast(Removal | None, result.event)
