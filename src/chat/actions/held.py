"""Messages that wait for a moderator: approve, refuse."""

from chat.actions.context import Context
from chat.domain import seats
from chat.domain.acts import Act
from chat.domain.events import Message, Quote
from chat.storage import held
from chat.storage.held import Held


async def approve(context: Context, moderator: str, number: int) -> bool:
    """Say a message that waits, now, in its author's name; False when it does not wait any more.

    What it replied to may be gone: then it quotes nothing. Raises Refused, Unavailable.
    """
    found = await held.one(number)
    if found is None:
        return False
    quotes = (Quote(seq=found.target), None) if found.target else (None,)
    for quote in quotes:
        result = await context.writer.store(
            Message(room=found.room, seat=found.seat, text=found.text, quote=quote),
            found.once,
            origin=found.origin,
            act=_act("approve", moderator, found),
            is_moderator=True,
            held=number,
        )
        if result.event:
            return True
    return False


async def refuse(context: Context, moderator: str, number: int) -> bool:
    """Let a message that waits not through; False when it does not wait any more. Raises Unavailable."""
    found = await held.one(number)
    if found is None:
        return False
    return await held.refuse(context.database, found, context.now(), _act("refuse", moderator, found))


def _act(verb: str, moderator: str, found: Held) -> Act:
    return Act(moderator, verb, found.room, f"#{seats.tag(found.seat)}")
