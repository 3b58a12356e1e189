"""What moderators do, as the log of acts keeps it."""

from typing import NamedTuple

MODERATOR = "moderator"
"""Whose doing an event is that a moderator caused: nobody's seat."""
REASON_LIMIT = 200


class Act(NamedTuple):
    """One act: who did what, in which room, to whom, and why."""

    moderator: str
    verb: str
    """One of `VERBS`."""
    room: str = ""
    whom: str = ""
    detail: str = ""
    reason: str = ""


VERBS = (
    "sign in",
    "sign out",
    "remove",
    "remove all",
    "mute",
    "ban",
    "lift",
    "extend",
    "topic",
    "lock",
    "unlock",
    "slow",
    "notice",
    "settle",
    "add word",
    "remove word",
    "approve",
    "refuse",
    "clear",
)
