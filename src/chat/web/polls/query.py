"""What a poll asks for: its cursor, and what the page's hidden inputs say of its window."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl

from chat.domain.events import MAX_SEQ
from chat.sizes import Sizes

QUERY = re.compile(
    rb"after=(\d{1,16})(?:&(wait=0|first=1))?(?:&here=([\d.]{1,4}k?))?(?:&reading=(1))?(?:&from=(\d{1,16}))?"
    rb"(?:&seen=(\d{1,16}))?(?:&titled=(\d{1,16}))?"
)
"""The poller's own address (`wait=0` is for who does not want to be held: no page of ours), and the window's
hidden inputs in the order of the page."""
FIELDS = ("after", "wait", "first", "here", "reading", "from", "seen", "titled")
PRINTABLE = re.compile(rb"[!-~]*")
LONGEST = 128
"""Bytes of a query that is read whole; of a longer one only the cursor counts."""


class PollQuery(NamedTuple):
    """What a poll asks for."""

    after: int
    """Its cursor."""
    waits: bool = False
    first: bool = False
    trim_from: int | None = None
    """The first message of a window that shows more than it should."""
    seen: int | None = None
    """The last message seen by a visitor who looks elsewhere; MAX_SEQ for one who is back."""
    here: str | None = None
    """How many are here, as its window shows it; None where it shows nothing."""
    title_is_stale: bool = False
    """The window's title lacks the count of the unread, or still shows one."""


class PollQueries:
    """Parses queries, and remembers them: windows at the same place ask the same."""

    def __init__(self, sizes: Sizes) -> None:
        self._sizes = sizes
        self._parse = lru_cache(maxsize=4096)(self._parse_whole)

    def parse(self, query: bytes) -> PollQuery | None:
        """What a poll asks for; None for a query without a cursor."""
        whole = self._parse(query) if len(query) <= LONGEST else None
        return whole or _parse_cursor(query)

    @property
    def remembered(self) -> int:
        """Queries in memory."""
        return self._parse.cache_info().currsize

    def _parse_whole(self, query: bytes) -> PollQuery | None:
        found = QUERY.fullmatch(query) or QUERY.fullmatch(_in_order(query))
        if found is None or int(found[1]) > MAX_SEQ:
            return None
        after, how, here, reading, first_shown, seen, titled = found.groups()
        most = self._sizes.trim_from_reading if reading else self._sizes.trim_from
        trim_from = int(first_shown) if first_shown and int(after) - int(first_shown) >= most else None
        title_is_stale = int(seen) < int(after) and titled != after if seen else titled is not None
        last_seen = int(seen) if seen else MAX_SEQ if titled else None
        shows = here.decode() if here else None
        return PollQuery(int(after), how is None, how == b"first=1", trim_from, last_seen, shows, title_is_stale)


def _in_order(query: bytes) -> bytes:
    """The same in the order of the page: somebody on the way may have added to it."""
    fields = _fields(query)
    return "&".join([f"{name}={fields[name]}" for name in FIELDS if name in fields]).encode("latin-1", "replace")


def _parse_cursor(query: bytes) -> PollQuery | None:
    fields = _fields(query)
    after = fields.get("after", "")
    if not (after.isascii() and after.isdigit() and len(after) <= 16 and int(after) <= MAX_SEQ):
        return None
    return PollQuery(int(after), first=fields.get("first") == "1")


def _fields(query: bytes) -> dict[str, str]:
    """The fields of a query; none when there are too many, when it asks for a page of older messages, or when it
    holds what no address can hold (`direct.py` reads queries that no parser has seen)."""
    if not PRINTABLE.fullmatch(query):
        return {}
    try:
        fields = dict(parse_qsl(query.decode("latin-1"), max_num_fields=len(FIELDS) + 1))
    except ValueError:
        return {}
    return {} if "before" in fields else fields
