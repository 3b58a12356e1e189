"""ASGI middleware: answers long polls from memory before Litestar routes them.

Nearly every request is a poll of an open window that finds nothing new. It touches no database, renders nothing that
is ready, and allocates little. What cannot be answered so goes on to the router, to `room.messages`.
"""

import structlog

from chat.delivery.places import CONNECTION, Connection
from chat.delivery.tail import Tail
from chat.web.http.asgi import ASGIApp, Receive, Scope, Send
from chat.web.http.security import network_of
from chat.web.http.services import Services
from chat.web.http.windows import Window
from chat.web.polls.answer import TRIGGER_NOW, TRIGGER_PACED
from chat.web.polls.decide import Decision, decide
from chat.web.polls.query import PollQuery

logger = structlog.get_logger()


Poll = tuple[PollQuery, Window, Tail, bool]
"""A poll that needs no more than what is in memory: its query, its window, the room, whether it waits."""


class Polls:
    """Answers the polls of open windows, and passes on everything else."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._hub = services.hub
        self._waiters = services.waiters
        self._windows = services.windows
        self._renderers = services.renderers
        self._queries = services.queries
        self._answers = services.answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        waiters, trigger, answer = self._waiters, TRIGGER_NOW, None
        found = self._find(scope) if scope["type"] == "http" and scope["raw_path"].endswith(b"/messages") else None
        if found is not None:
            query, window, tail, waits = found
            if waits:
                connection: Connection | None = scope.get(CONNECTION)
                behind, network = query.after < tail.last, network_of(scope)
                if not await waiters.hold(tail, window.seat, window.browser, network, connection, next_wave=behind):
                    trigger = TRIGGER_PACED
                if connection and connection.lost:
                    return waiters.ended(window.seat)
            if not waits or tail.covers(query.after):
                audience = window.audience
                if audience not in tail.audiences:
                    audience = tail.admit(audience)
                try:
                    answer = self._answers.shared(self._renderers[audience], tail, query, trigger)
                except Exception as error:  # the router's way meets the fault too, and tells the visitor
                    logger.error("poll not answered", room=window.room, exc_info=error)
        if answer is None:
            return await self.app(scope, receive, send)
        waiters.ended(window.seat)
        await answer.send(scope, send)

    def _find(self, scope: Scope) -> Poll | None:
        """The poll of this request; None for one that cannot be answered from memory, or is none."""
        query = self._queries.parse(scope["query_string"]) if scope["method"] == "GET" else None
        window = self._window(scope) if query is not None else None
        tail = self._hub.cached(window.room) if window is not None else None
        if query is None or window is None or tail is None:
            return None
        decision = decide(query, tail, self._waiters.is_absent(window.seat))
        if decision is Decision.WAIT or decision is Decision.SHARED:
            return query, window, tail, decision is Decision.WAIT
        return None

    def _window(self, scope: Scope) -> Window | None:
        """The window that polls, when htmx asks for it."""
        cookie = language = htmx = b""
        for name, value in scope["headers"]:
            if name == b"cookie":
                cookie = value
            elif name == b"accept-language":
                language = value
            elif name == b"hx-request":
                htmx = value
        return self._windows.find(scope["raw_path"], cookie, language) if htmx == b"true" else None
