"""What a room may be called, and how it may be."""

from __future__ import annotations

import secrets
import string
import unicodedata
from typing import NamedTuple

from chat.domain import characters, texts
from chat.domain.refusals import Refused

DEFAULT = "lobby"
LIMIT = 40
TOPIC_LIMIT = 120
SLOWEST = 3600
"""Seconds between two messages of one person, at most."""
UNLISTED = "_"
"""What the name of a room begins with that stands in no list."""
PRIVATE_LENGTH = 20
"""Random characters in the name of a private room: 100 bits and more."""


class Ends(NamedTuple):
    """What is kept of a room's log: the number of the oldest event, one more than the newest when none is; and that of
    the newest there was."""

    first: int
    last: int


class State(NamedTuple):
    """How a room is: what it is about, whether nobody may write, and how many seconds a person waits between two
    messages."""

    topic: str = ""
    locked: bool = False
    slow: int = 0


def canonical(name: str) -> str | None:
    """The one spelling under which a room is known, or None when no room can be called so.

    A name is 1 to 40 code points after NFKC and case folding: letters and digits of any script, their marks
    (not first), `-` and `_`. Nothing invisible, or two rooms would look alike.
    """
    if len(name) > characters.LONGEST_SHRINKING * LIMIT:
        return None
    name = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if not 1 <= len(name) <= LIMIT or unicodedata.category(name[0])[0] == "M":
        return None
    return name if all(map(_allowed, name)) else None


def listed(name: str) -> bool:
    """Whether strangers may be led to the room: a name that begins with `_` is for those who were told it."""
    return not name.startswith("_")


def _allowed(character: str) -> bool:
    return character in "-_" or (
        unicodedata.category(character)[0] in "LNM" and not characters.INVISIBLE.match(character)
    )


def named(text: str) -> str:
    """The room that somebody typed the name of. Raises Refused: room.name."""
    name = canonical(text.strip())
    if name is None:
        raise Refused("room.name")
    return name


def private() -> str:
    """A name that nobody can guess, and that stands in no list."""
    letters = string.ascii_lowercase + string.digits
    return UNLISTED + "".join(secrets.choice(letters) for _ in range(PRIVATE_LENGTH))


def topic(text: str) -> str:
    """A topic as it is stored and shown: one line, 0 to 120 code points. Raises Refused: text.too_long."""
    try:
        return texts.clean(text, limit=TOPIC_LIMIT)
    except Refused as refused:
        if refused.reason != "text.empty":
            raise
        return ""


def pace(seconds: int) -> int:
    """Seconds between two messages of one person. Raises Refused: room.pace (limit)."""
    if not 0 <= seconds <= SLOWEST:
        raise Refused("room.pace", limit=SLOWEST)
    return seconds
