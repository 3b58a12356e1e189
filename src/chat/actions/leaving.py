"""Leaving for good: what is stored of a person, and erasing it."""

from chat.actions.context import Context
from chat.domain.events import Forgotten
from chat.storage import people


async def forget(context: Context, room: str, seat: str) -> bool:
    """Erase what a person said in their room, and what they are called: at once for all who look, in the database a
    few rows at a time. Their seat holds nothing any more. False: nothing was stored of them.

    Raises Refused, Unavailable.
    """
    known = await people.known([seat])
    if seat in known.left or seat not in known.nicknames:
        return False
    result = await context.writer.store(Forgotten(room=room, seat=seat))
    return result.event is not None
