"""What a poll asks for: its cursor, and what the page's hidden inputs say of its window."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

LONGEST = 300
"""Messages that a window shows before the oldest are taken away."""
LONGEST_READING = 1000
"""The same while its reader has loaded earlier ones."""
LARGEST = 2**53
"""No number of a message is larger."""

QUERY = re.compile(
    rb"after=(\d{1,16})(?:&(wait=0|first=1))?(?:&reading=(1))?(?:&from=(\d{1,16}))?"
    rb"(?:&seen=(\d{1,16}))?(?:&told=(\d{1,16}))?"
)
"""The sentinel's own address (`wait=0` is for who does not want to be held: no page of ours), and the window's
hidden inputs in the order of the page."""
FIELDS = ("after", "wait", "first", "reading", "from", "seen", "told")
LONGEST_QUERY = 128


class Asked(NamedTuple):
    """What a poll asks for."""

    after: int
    """Its cursor."""
    waits: bool = False
    first: bool = False
    overlong: int | None = None
    """The first message of a window that shows more than it should."""
    seen: int | None = None
    """The last message that its visitor has seen, who looks elsewhere; LARGEST for one who is back."""
    untold: bool = False
    """The window's title is out of date: it lacks the count of the unread, or still shows one."""


def read(query: bytes) -> Asked | None:
    """What a poll asks for; None for a query that no poll has."""
    return _read(query) if len(query) <= LONGEST_QUERY else None


@lru_cache(maxsize=4096)
def _read(query: bytes) -> Asked | None:
    found = QUERY.fullmatch(query) or QUERY.fullmatch(_in_order(query))
    if found is None:
        return None
    after, how, reading, shown_from, seen, told = found.groups()
    longest = LONGEST_READING if reading else LONGEST
    overlong = int(shown_from) if shown_from and int(after) - int(shown_from) >= longest else None
    untold = int(seen) < int(after) and told != after if seen else told is not None
    last_seen = int(seen) if seen else LARGEST if told else None
    return Asked(int(after), how is None, how == b"first=1", overlong, last_seen, untold)


def _in_order(query: bytes) -> bytes:
    """The same in the order of the page: somebody on the way may have added to it."""
    fields = dict(parse_qsl(query.decode("latin-1")))
    if "before" in fields:
        return b""
    return "&".join([f"{name}={fields[name]}" for name in FIELDS if name in fields]).encode("latin-1", "replace")
