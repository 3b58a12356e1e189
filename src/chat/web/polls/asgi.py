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
from chat.web.polls.answer import TRIGGER_NOW, TRIGGER_PACED, Answer
from chat.web.polls.decide import Decision, decide
from chat.web.polls.query import PollQuery

logger = structlog.get_logger()


class Nobody:
    """The client is gone: no answer is sent."""


NOBODY = Nobody()


class Polls:
    """Answers the polls of open windows, and passes on everything else."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self.app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Answer | Nobody | None = None
        if scope["type"] == "http" and scope["method"] == "GET" and scope["raw_path"].endswith(b"/messages"):
            try:
                answer = await self._answer(scope)
            except Exception as error:  # the router's way answers it, like every other fault
                logger.error("fault", path=scope["path"], exc_info=error)
        if answer is None:
            await self.app(scope, receive, send)
        elif isinstance(answer, Answer):
            await answer.send(scope, send)

    async def _answer(self, scope: Scope) -> "Answer | Nobody | None":
        """The answer to a poll that needs no more than what is in memory."""
        query = self._services.queries.parse(scope["query_string"])
        window = self._window(scope) if query else None
        tail = self._services.hub.cached(window.room) if window else None
        if not (query and window and tail):
            return None
        waiters = self._services.waiters
        decision, trigger = decide(query, tail, waiters.is_absent(window.seat)), TRIGGER_NOW
        if decision is Decision.WAIT:
            connection: Connection | None = scope.get(CONNECTION)
            trigger = await self._hold(query, window, tail, network_of(scope), connection)
            if connection and connection.lost:
                waiters.ended(window.seat)
                return NOBODY
            if not tail.covers(query.after):
                return None
        elif decision is not Decision.SHARED:
            return None
        waiters.ended(window.seat)
        return self._services.answers.shared(self._services.renderers[window.audience], tail, query, trigger)

    async def _hold(
        self, query: PollQuery, window: Window, tail: Tail, network: str, connection: Connection | None
    ) -> str:
        """Wait for news; answers when the window shall poll again."""
        hold, behind = self._services.waiters.hold, query.after < tail.last
        again = await hold(tail, window.seat, window.browser, network, connection, next_wave=behind)
        return TRIGGER_NOW if again else TRIGGER_PACED

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
        return self._services.windows.find(scope["raw_path"], cookie, language) if htmx == b"true" else None
