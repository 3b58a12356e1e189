"""Reports: file, settle."""

from chat.actions.context import Context
from chat.actions.messages import find
from chat.domain import reports as rules
from chat.domain.acts import MODERATOR
from chat.domain.events import Hiding
from chat.domain.networks import network
from chat.domain.visitors import Visitor
from chat.storage import reports


async def file(context: Context, room: str, visitor: Visitor, seq: int, reason: str, text: str) -> bool:
    """Report a message, once; False when it is not there. In so many browsers as the setting says, it is hidden.

    Raises Refused: report.reason, text.too_long, report.too_fast (seconds); Unavailable.
    """
    why = reason, rules.clean(reason, text)
    if await find(room, seq) is None:
        return False
    context.limits.report(visitor)
    browsers = await reports.file(context.database, room, seq, visitor.seat, witness(context, visitor), why)
    if context.reports_hide and browsers >= context.reports_hide:
        await context.writer.store(Hiding(room=room, seat=MODERATOR, target=seq, hidden=True))
    return True


def witness(context: Context, visitor: Visitor) -> str:
    """Whose report it counts as: the browser's. One that keeps no cookie, as in a frame, is somebody new whenever it
    wants to be: it counts as its network."""
    where = context.digests.network(network(visitor.address)) if visitor.browser == visitor.seat else ""
    return where or context.digests.browser(visitor.browser)


async def settle(context: Context, moderator: str, number: int) -> bool:
    """A moderator has looked at what a report is about: it is shown again, and all its reports are done.

    False when there is no such open report. Raises Refused, Unavailable.
    """
    about = await reports.one(number)
    if about is None or not await reports.settle(context.database, *about, moderator, context.now()):
        return False
    await context.writer.store(Hiding(room=about[0], seat=MODERATOR, target=about[1], hidden=False))
    return True
