"""The one decision about a poll, for every door that it may come by."""

from enum import Enum, auto

from chat.delivery.tail import Tail
from chat.web.polls.query import PollQuery


class Decision(Enum):
    """What to do with a poll."""

    WAIT = auto()
    """Hold it until there is news; where nothing can be held, answer it as SHARED."""
    SHARED = auto()
    """Answer from the tail, with the bytes that all get who ask the same."""
    CATCH_UP = auto()
    """Answer this window alone: read the log, or mark where its unread begin."""
    RELOAD = auto()
    """The cursor is ahead of the log, as after a restored backup: let the window load its page anew."""


def decide(query: PollQuery, tail: Tail, absent: bool | None) -> Decision:
    """`absent`: whether the window's last poll is long ago; None when it is not remembered."""
    if query.after > tail.last:
        return Decision.RELOAD
    if not tail.covers(query.after):
        return Decision.CATCH_UP
    at_end = query.after == tail.last
    if not (at_end or query.first or absent is False):
        return Decision.CATCH_UP
    if query.waits and not query.title_is_stale:
        nothing_new = at_end and query.trim_from is None
        behind_the_wave = tail.waking_crowd and not at_end  # it waits for the next one
        if nothing_new or behind_the_wave:
            return Decision.WAIT
    return Decision.SHARED
