"""Bans: make, lift, extend; and what every process knows of them."""

from dataclasses import dataclass
from datetime import timedelta

from chat.actions.context import Context
from chat.domain import bans as rules
from chat.domain import seats, texts
from chat.domain.acts import REASON_LIMIT, Act
from chat.domain.bans import Ban
from chat.domain.networks import network
from chat.domain.refusals import Refused
from chat.storage import bans as stored
from chat.storage import moderators
from chat.storage.origins import Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A ban as a moderator asks for it: on whom of an author's person, browser and address, how long, and why."""

    mode: str
    minutes: int
    reason: str = ""
    person: bool = False
    browser: bool = False
    address: bool = False
    everywhere: bool = False


async def ban(context: Context, room: str, moderator: str, author: Author, wanted: Wanted) -> Ban:
    """Ban the author of a message, at once and everywhere.

    Raises Refused: ban.whom, ban.mode, ban.minutes, ban.network_end, ban.no_address, ban.moderator; Unavailable.
    """
    reason = cleaned_reason(wanted.reason)
    if wanted.mode not in rules.MODES:
        raise Refused("ban.mode")
    if not (wanted.person or wanted.browser or wanted.address):
        raise Refused("ban.whom")
    if wanted.address and not author.origin.address:
        raise Refused("ban.no_address")
    now = context.now()
    if author.origin.browser and author.origin.browser in await moderators.browsers(now):
        raise Refused("ban.moderator")
    made = Ban(
        mode=wanted.mode,
        room="" if wanted.everywhere else room,
        seat=author.seat if wanted.person else "",
        browser=author.origin.browser if wanted.browser else "",
        network=context.digests.network(network(author.origin.address)) if wanted.address else "",
        tag=seats.tag(author.seat),
        nickname=author.nickname,
        address=author.origin.address if wanted.address else "",
        reason=reason,
        moderator=moderator,
        made_at=now,
        ends_at=rules.end(wanted.minutes, now, on_network=wanted.address),
    )
    act = Act(moderator, made.mode, room, author.name, described(wanted), reason)
    made = await stored.make(context.database, made, act)
    await refresh(context)
    return made


async def lift(context: Context, moderator: str, number: int) -> Ban | None:
    """End a ban now; None when there is none in force. Raises Unavailable."""
    found = await stored.one(number)
    if found is None:
        return None
    act = Act(moderator, "lift", found.room, f"#{found.tag}", f"ban {number}")
    lifted = await stored.lift(context.database, number, context.now(), act)
    await refresh(context)
    return found if lifted else None


async def extend(context: Context, moderator: str, number: int, minutes: int) -> Ban | None:
    """Let a ban end so many minutes from now (0: never); None when there is none in force.

    Raises Refused: ban.minutes, ban.network_end; Unavailable.
    """
    found = await stored.one(number)
    if found is None:
        return None
    now = context.now()
    ends_at = rules.end(minutes, now, on_network=bool(found.network))
    act = Act(moderator, "extend", found.room, f"#{found.tag}", f"ban {number}, {minutes} min")
    extended = await stored.extend(context.database, number, now, ends_at, act)
    await refresh(context)
    return await stored.one(number) if extended else None


async def refresh(context: Context) -> None:
    """Know the bans that are in force now. Raises Unavailable."""
    context.bans.replace(await stored.in_force(context.now() - timedelta(seconds=1)))


def cleaned_reason(text: str) -> str:
    """A reason as it is stored and told: one line, which may be empty. Raises Refused: text.too_long."""
    try:
        return texts.clean(text, limit=REASON_LIMIT)
    except Refused as refused:
        if refused.reason != "text.empty":
            raise
        return ""


def described(wanted: Wanted) -> str:
    """What the log of acts says of a ban."""
    on = [name for name in ("person", "browser", "address") if getattr(wanted, name)]
    return f"{' '.join(on)}, {wanted.minutes or 'no end in'} min, {'everywhere' if wanted.everywhere else 'here'}"
