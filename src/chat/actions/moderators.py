"""Moderators: sign in, sign out. They are made and removed at the server (`server.moderators`)."""

from typing import NamedTuple

from chat.actions.context import Context
from chat.domain.moderators import SESSION_TIME, digest, new_token
from chat.storage import moderators
from chat.storage.moderators import SignedIn, Used


class Entered(NamedTuple):
    """A moderator who has just signed in."""

    moderator: str
    token: str


async def look(context: Context, token: str) -> Used:
    """What a link is good for. Looking does not use it up."""
    return await moderators.look(digest(token), context.now())


async def sign_in(context: Context, token: str, browser: str) -> Entered | None:
    """Use a link up for a new session in this browser; None when it is good no more. Raises Unavailable."""
    session, now = new_token(), context.now()
    name = await moderators.sign_in(
        context.database, digest(token), digest(session), context.digests.browser(browser), now, now + SESSION_TIME
    )
    return Entered(name, session) if name else None


async def signed_in(context: Context, token: str) -> SignedIn | None:
    """Whose session this token is. Raises Unavailable."""
    return await moderators.signed_in(digest(token), context.now())


async def sign_out(context: Context, token: str, moderator: str) -> None:
    """End a session. Raises Unavailable."""
    await moderators.sign_out(context.database, digest(token), moderator, context.now())
