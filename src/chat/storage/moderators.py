"""Moderators as rows: their names, the links that sign them in, the browsers in which they are signed in.

Of links and sessions only digests are stored: whoever reads the database cannot sign in.
"""

from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from chat.domain.acts import Act
from chat.domain.moderators import LINK_TIME, digest, new_token
from chat.storage import acts, versions
from chat.storage.database import Database
from chat.storage.tables import Link, Moderator, Session


class Used(Enum):
    """What came of a link."""

    OPEN = auto()
    """It is good, and was not used yet."""
    EXPIRED = auto()
    SPENT = auto()
    UNKNOWN = auto()


class SignedIn(NamedTuple):
    """A moderator's session."""

    moderator: str
    browser: str
    """The digest of the browser's name."""


async def add(database: Database, name: str, now: datetime) -> bool:
    """Make somebody a moderator; False when they are one already."""
    async with database.writing():
        rows = await Moderator.raw(
            "INSERT INTO moderator (name, created_at) VALUES ({}, {}) ON CONFLICT (name) DO NOTHING RETURNING id",
            name,
            now,
        ).run()
    return bool(rows)


async def remove(database: Database, name: str) -> bool:
    """Take the office away, with its links and sessions: at once, everywhere. False when there is no such moderator."""
    async with database.writing():
        rows = await Moderator.raw("DELETE FROM moderator WHERE name = {} RETURNING id", name).run()
        await Link.raw("DELETE FROM link WHERE moderator = {}", name).run()
        await Session.raw("DELETE FROM session WHERE moderator = {}", name).run()
        await versions.change(versions.BANS)
    return bool(rows)


async def exists(name: str) -> bool:
    return bool(await Moderator.exists().where(Moderator.name == name).run())


class Listed(NamedTuple):
    """A moderator, and when they signed in in the browsers where they still are."""

    name: str
    signed_in_at: list[datetime]


async def listed(now: datetime) -> list[Listed]:
    """Every moderator, by name."""
    names = await Moderator.select(Moderator.name).order_by(Moderator.name).run()
    sessions = await Session.select(Session.moderator, Session.created_at).where(Session.expires_at > now).run()
    return [
        Listed(row["name"], [one["created_at"] for one in sessions if one["moderator"] == row["name"]]) for row in names
    ]


async def new_link(database: Database, name: str, now: datetime) -> str:
    """A token that signs this moderator in, once, for 24 hours; links that are over go."""
    token = new_token()
    async with database.writing():
        await Link.raw("DELETE FROM link WHERE expires_at < {}", now).run()
        await Link.raw(
            "INSERT INTO link (moderator, digest, expires_at) VALUES ({}, {}, {})",
            name,
            digest(token),
            now + LINK_TIME,
        ).run()
    return token


async def look(link: str, now: datetime) -> Used:
    """What the link with this digest is good for, which does not use it up."""
    row = await Link.select(Link.expires_at, Link.used_at).where(Link.digest == link).first().run()
    if row is None:
        return Used.UNKNOWN
    if row["used_at"] is not None:
        return Used.SPENT
    return Used.EXPIRED if row["expires_at"] <= now else Used.OPEN


async def sign_in(
    database: Database, link: str, session: str, browser: str, now: datetime, expires_at: datetime
) -> str | None:
    """Use a link up, once in however many processes, for a session; answers its moderator. All are digests."""
    async with database.writing():
        rows = await Link.raw(
            "UPDATE link SET used_at = {} WHERE digest = {} AND used_at IS NULL AND expires_at > {} "
            "RETURNING moderator",
            now,
            link,
            now,
        ).run()
        if not rows:
            return None
        name: str = rows[0]["moderator"]
        await Session.raw("DELETE FROM session WHERE expires_at < {}", now).run()
        await Session.raw(
            "INSERT INTO session (moderator, digest, browser, created_at, expires_at) VALUES ({}, {}, {}, {}, {})",
            name,
            session,
            browser,
            now,
            expires_at,
        ).run()
        await acts.record([Act(name, "sign in")], now)
        await versions.change(versions.BANS)
    return name


async def signed_in(session: str, now: datetime) -> SignedIn | None:
    """Whose session it is. Raises Unavailable."""
    query = Session.select(Session.moderator, Session.browser)
    row = await query.where((Session.digest == session) & (Session.expires_at > now)).first().run()
    return SignedIn(row["moderator"], row["browser"]) if row else None


async def sign_out(database: Database, session: str, moderator: str, now: datetime) -> None:
    async with database.writing():
        rows = await Session.raw("DELETE FROM session WHERE digest = {} RETURNING id", session).run()
        if rows:
            await acts.record([Act(moderator, "sign out")], now)


async def browsers(now: datetime) -> set[str]:
    """The digests of the browsers in which some moderator is signed in."""
    rows = await Session.select(Session.browser).where(Session.expires_at > now).run()
    return {row["browser"] for row in rows}
