"""Moderators: add, link, remove, sign in, sign out."""

import re
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from chat.actions.context import Context
from chat.domain.refusals import Refused
from chat.storage import moderators
from chat.storage.database import Database
from chat.storage.moderators import SignedIn, Used

LINK_TIME = timedelta(hours=24)
SESSION_TIME = timedelta(days=30)
NAME = re.compile(r"[\w.@+-]{1,40}")
"""A moderator's name: one word."""


class Entered(NamedTuple):
    """A moderator who has just signed in."""

    moderator: str
    token: str


def check_name(name: str) -> str:
    """Raises Refused: moderator.name."""
    if not NAME.fullmatch(name):
        raise Refused("moderator.name")
    return name


async def new_link(database: Database, name: str, now: datetime) -> str:
    """A token that signs this moderator in, once, for 24 hours. Raises Unavailable."""
    token = secrets.token_urlsafe(24)
    await moderators.keep_link(database, name, digest(token), now + LINK_TIME, now)
    return token


async def look(context: Context, token: str) -> Used:
    """What a link is good for. Looking does not use it up."""
    return await moderators.look(digest(token), context.now())


async def sign_in(context: Context, token: str, browser: str) -> Entered | None:
    """Use a link up for a new session in this browser; None when it is good no more. Raises Unavailable."""
    session, now = secrets.token_urlsafe(24), context.now()
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


def digest(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest()
