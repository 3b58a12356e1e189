"""The polls' own way, in front of the router.

Nearly every request is a poll of an open window that finds nothing new. It touches no
database, renders nothing that is ready, and allocates little. Whatever is not plain
(no cookie, a cursor the tail does not cover, a window that was away, a room that is not
in memory) goes on to the router, to `room.messages`.
"""

from chat.live.places import CONNECTION, Connection
from chat.live.tail import Tail
from chat.live.waiting import ABSENT_SECONDS
from chat.web import asked
from chat.web.answers import AT_ONCE, PACED, news
from chat.web.asgi import ASGIApp, Receive, Scope, Send
from chat.web.asked import Asked
from chat.web.house import House
from chat.web.security import network_of
from chat.web.windows import Window, Windows


class Polls:
    """Answers the polls of open windows, and passes on everything else."""

    def __init__(self, app: ASGIApp, house: House, windows: Windows) -> None:
        self.app = app
        self.house = house
        self.windows = windows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        poll = asked.read(scope["query_string"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        window = self.window(scope) if poll and scope["raw_path"].endswith(b"/messages") else None
        tail = self.house.delivery.held(window.room) if window else None
        if not (poll and window and tail and self.plain(poll, window, tail)):
            return await self.app(scope, receive, send)
        pace = AT_ONCE
        late = tail.crowded and poll.after < tail.last
        waits_for_news = poll.after == tail.last and poll.overlong is None
        if poll.waits and (late or waits_for_news) and not poll.untold:
            connection: Connection | None = scope.get(CONNECTION)
            hold = self.house.waiting.hold(tail, window.seat, window.browser, network_of(scope), connection, late=late)
            pace = AT_ONCE if await hold else PACED
            if connection and connection.lost:
                return self.house.waiting.ended(window.seat)
            if not tail.covers(poll.after):
                return await self.app(scope, receive, send)
        self.house.waiting.ended(window.seat)
        await news(self.house.fragments, tail, window.language, poll, pace).send(scope, send)

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

    def plain(self, poll: Asked, window: Window, tail: Tail) -> bool:
        """Whether the tail alone can answer."""
        if not tail.covers(poll.after):
            return False
        if poll.after == tail.last or poll.first:
            return True
        away = self.house.waiting.away(window.seat)
        return away is not None and away <= ABSENT_SECONDS
