"""Nicknames: rename."""

from chat.actions.context import Context
from chat.domain import nicknames
from chat.domain.events import Rename
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.storage import people


async def rename(context: Context, room: str, visitor: Visitor, nickname: str) -> str | None:
    """Give a person a nickname from now on; answers it as it is kept (None: the default one).

    Raises Refused, Unavailable.
    """
    context.bans.check(room, visitor)
    name = nicknames.clean(nickname, reserved=context.reserved_names)
    if name and not visitor.moderator and context.words.judge(name).action:
        raise Refused("nickname.word")
    if name != await people.nickname(visitor.seat):
        context.limits.rename(visitor)
        try:
            await context.writer.store(Rename(room=room, seat=visitor.seat, new=name))
        except Refused:
            context.limits.refund_rename(visitor)
            raise
    return name
