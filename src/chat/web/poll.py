"""The polls' own way, in front of the router.

Nearly every request is a poll of an open window that finds nothing new. It touches no
database, renders nothing that is ready, and allocates little. Whatever is not plain
(no cookie, a cursor the tail does not cover, a window that was away, a room that is not
in memory) goes on to the router, to `room.messages`.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from chat.live.tail import Tail
from chat.live.waiting import ABSENT_SECONDS
from chat.web.answers import AT_ONCE, PACED, news
from chat.web.asgi import ASGIApp, Receive, Scope, Send
from chat.web.house import House
from chat.web.windows import Window, Windows

LONGEST = 300
"""Messages that a window shows before the oldest are taken away."""
LONGEST_READING = 1000
"""The same while its reader has loaded earlier ones."""

ALL = 2**53
"""Beyond every number: all is seen."""

QUERY = re.compile(
    rb"after=(\d{1,15})(?:&(wait=0|first=1))?(?:&reading=(1))?(?:&from=(\d{1,15}))?"
    rb"(?:&seen=(\d{1,15}))?(?:&told=(\d{1,15}))?"
)
"""The sentinel's own address, and the window's hidden inputs in the order of the page."""
LONGEST_QUERY = 128


class Cursor(NamedTuple):
    """What a poll asks for."""

    after: int
    waits: bool
    first: bool
    overlong: int | None
    """The first message of a window that shows more than it should."""
    seen: int | None
    """The last message that its visitor has seen, who looks elsewhere; ALL for one who is back."""
    untold: bool
    """Its title does not say yet how many are unread, or still says so."""


def cursor(query: bytes) -> Cursor | None:
    """The cursor of a plainly spelled poll; None for any other query."""
    return _cursor(query) if len(query) <= LONGEST_QUERY else None


@lru_cache(maxsize=4096)
def _cursor(query: bytes) -> Cursor | None:
    found = QUERY.fullmatch(query)
    if found is None:
        return None
    after, how, reading, shown_from, seen, told = found.groups()
    longest = LONGEST_READING if reading else LONGEST
    overlong = int(shown_from) if shown_from and int(after) - int(shown_from) >= longest else None
    untold = int(seen) < int(after) and told != after if seen else told is not None
    last_seen = int(seen) if seen else ALL if told else None
    return Cursor(int(after), how is None, how == b"first=1", overlong, last_seen, untold)


class Polls:
    """Answers the polls of open windows, and passes on everything else."""

    def __init__(self, app: ASGIApp, house: House, windows: Windows) -> None:
        self.app = app
        self.house = house
        self.windows = windows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = cursor(scope["query_string"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        window = self.window(scope) if asked and scope["raw_path"].endswith(b"/messages") else None
        tail = self.house.delivery.held(window.room) if window else None
        if not (asked and window and tail and self.plain(asked, window, tail)):
            return await self.app(scope, receive, send)
        pace = AT_ONCE
        late = tail.resting and asked.after < tail.last
        waits_for_news = asked.after == tail.last and asked.overlong is None
        if asked.waits and (late or waits_for_news) and not asked.untold:
            if not await self.house.waiting.hold(tail, window.seat, window.browser, late=late):
                pace = PACED
            if not tail.covers(asked.after):
                return await self.app(scope, receive, send)
        self.house.waiting.ended(window.seat)
        about = asked.after, asked.first, asked.overlong, asked.seen
        ready = news(self.house.fragments, tail, window.language, *about, pace)
        await ready.send(send)

    def window(self, scope: Scope) -> Window | None:
        """The window that polls, when htmx asks for it."""
        cookie = language = htmx = b""
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookie = value
            elif name == b"accept-language":
                language = value
            elif name == b"hx-request":
                htmx = value
        return self.windows.find(scope["raw_path"], cookie, language) if htmx == b"true" else None

    def plain(self, asked: Cursor, window: Window, tail: Tail) -> bool:
        """Whether the tail alone can answer."""
        if not tail.covers(asked.after):
            return False
        if asked.after == tail.last or asked.first:
            return True
        away = self.house.waiting.away(window.seat)
        return away is not None and away <= ABSENT_SECONDS
