"""Reports: file, settle."""

from chat.actions.context import Context
from chat.actions.messages import find
from chat.domain import reports as rules
from chat.domain.acts import MODERATOR
from chat.domain.events import Hiding
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
    browser = context.digests.browser(visitor.browser)
    browsers = await reports.file(context.database, room, seq, visitor.seat, browser, why)
    if context.reports_hide and browsers >= context.reports_hide:
        await context.writer.store(Hiding(room=room, seat=MODERATOR, target=seq, hidden=True))
    return True


async def settle(context: Context, moderator: str, number: int) -> bool:
    """A moderator has looked at what a report is about: it is shown again, and all its reports are done.

    False when there is no such open report. Raises Refused, Unavailable.
    """
    about = await reports.one(number)
    if about is None or not await reports.settle(context.database, *about, moderator, context.now()):
        return False
    await context.writer.store(Hiding(room=about[0], seat=MODERATOR, target=about[1], hidden=False))
    return True
