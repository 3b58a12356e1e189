"""What a room may be called."""

from __future__ import annotations

import unicodedata

from chat.domain import characters

DEFAULT = "lobby"
LIMIT = 40


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
