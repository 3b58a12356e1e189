"""Messages: say, reply, take back, remove, remove all."""

from asyncio import gather
from datetime import datetime, timedelta
from hashlib import blake2s
from math import ceil
from typing import cast

from chat.actions.context import Context
from chat.domain import texts, words
from chat.domain.acts import MODERATOR, Act
from chat.domain.events import Message, Quote, Removal
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.domain.words import Verdict
from chat.storage import acts, held, log, origins, people, rooms
from chat.storage.log import first_results
from chat.storage.origins import Author

AT_ONCE = 200
"""Removals that wait for their commit together."""


async def say(
    context: Context, room: str, visitor: Visitor, text: str, key: str, reply_to: int | None = None
) -> Message | None:
    """Store what a person said, exactly once a (seat, key, text): a repeat answers the first result. None: it waits for
    a moderator.

    The key is looked up before the limits: a retry is never too fast. `reply_to`: the number of the message that it
    answers; when that is not there, nothing is said. Raises Refused, Unavailable.
    """
    context.bans.check(room, visitor)
    quote = Quote(seq=reply_to) if reply_to else None
    text, key = texts.clean(text, limit=context.message_length), texts.key(key)
    once = blake2s(f"{visitor.seat}\0{key}\0{text}".encode(), digest_size=16).hexdigest()
    new = context.writer.in_flight(once) is None
    await check_links(context, visitor, text)
    if new:
        try:
            context.limits.message(visitor, text)
        except Refused:
            if first := (await first_results([once])).get(once):
                return cast(Message, first)
            raise
    try:
        verdict = await judged(context, room, visitor, text, once)
        if verdict.action == words.HOLD:
            await held.keep(context.database, room, visitor.seat, text, reply_to, once, context.origin(visitor))
            return None
        message = Message(room=room, seat=visitor.seat, text=verdict.text, quote=quote)
        result = await context.writer.store(
            message, once, origin=context.origin(visitor), is_moderator=bool(visitor.moderator)
        )
    except Refused:
        if new:
            context.limits.refund_message(visitor, text)
        raise
    if new and (not result.fresh or result.event is None):
        context.limits.refund_message(visitor, text)
    if result.event is None:
        raise Refused("reply.gone")
    return cast(Message, result.event)


async def judged(context: Context, room: str, visitor: Visitor, text: str, once: str) -> Verdict:
    """What the list of words makes of a text; of what was said already, and of a moderator's, nothing.

    Raises Refused: text.word, and where it would have to wait person.left, room.locked; Unavailable.
    """
    verdict = context.words.judge(text)
    if not verdict.action or visitor.moderator or await first_results([once]):
        return Verdict("", text)
    if verdict.action == words.REFUSE:
        raise Refused("text.word")
    if verdict.action == words.HOLD:
        entered = await rooms.entered(room, visitor.seat)
        if entered.has_left:
            raise Refused("person.left")
        if entered.state.locked:
            raise Refused("room.locked")
    return verdict


async def check_links(context: Context, visitor: Visitor, text: str) -> None:
    """Whether a person who has just come may send a link. Raises Refused: text.link (seconds); Unavailable."""
    if not context.links_after or visitor.moderator or not texts.has_link(text):
        return
    since = await people.since(visitor.seat)
    left = context.links_after - (context.now() - since if since else timedelta())
    if left > timedelta():
        raise Refused("text.link", seconds=ceil(left.total_seconds()))


async def find(room: str, seq: int) -> Message | None:
    """A message that is still there. Raises Unavailable."""
    event = await log.one(room, seq)
    return event if isinstance(event, Message) and not event.erased else None


async def take_back(context: Context, room: str, visitor: Visitor, target: int) -> bool:
    """Remove a message of one's own, or as a moderator anybody's; False when it is not there (any more).

    Raises Refused, Unavailable.
    """
    message = await find(room, target)
    if message and message.seat != visitor.seat and visitor.moderator:
        return await remove(context, room, visitor.moderator, target) is not None
    if message is None or message.seat != visitor.seat:
        return False
    result = await context.writer.store(Removal(room=room, seat=visitor.seat, target=target))
    return result.event is not None


async def remove(context: Context, room: str, moderator: str, target: int) -> Removal | None:
    """Remove a message for good, as a moderator. None when there is no such message, or no longer.

    Raises Refused, Unavailable.
    """
    author = await origins.author(room, target)
    act = Act(moderator, "remove", room, author.name if author else "", str(target))
    result = await context.writer.store(Removal(room=room, seat=MODERATOR, target=target), act=act)
    return cast(Removal | None, result.event)


async def remove_all(context: Context, room: str, moderator: str, author: Author, since: datetime) -> int:
    """Remove what a person said in a room since then, for good; answers how many messages that were.

    Raises Refused, Unavailable.
    """
    targets = await origins.messages_of(room, author.seat, since)
    act = Act(moderator, "remove all", room, author.name, f"{len(targets)} since {since:%Y-%m-%d %H:%M} UTC")
    async with context.database.writing():
        await acts.record([act])
    removed = 0
    for start in range(0, len(targets), AT_ONCE):
        removals = [Removal(room=room, seat=MODERATOR, target=target) for target in targets[start : start + AT_ONCE]]
        results = await gather(*map(context.writer.store, removals))
        removed += sum(result.event is not None for result in results)
    return removed
