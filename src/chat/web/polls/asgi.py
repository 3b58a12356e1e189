"""The ordinary door: ASGI middleware that answers long polls from memory before Litestar routes them.

Nearly every request is a poll of an open window that finds nothing new. What cannot be answered from memory goes on to
the router, to `room.messages`. The first poll on a connection comes by this door; those that follow are answered by
`direct.py`, where the server is ours.
"""

import structlog

from chat.delivery.places import CONNECTION, Connection
from chat.web.http.asgi import ASGIApp, Receive, Scope, Send
from chat.web.http.security import network_of
from chat.web.polls.answer import TRIGGER_NOW, TRIGGER_PACED, Answer
from chat.web.polls.direct import DirectPolls
from chat.web.polls.polls import Poll, Polls

logger = structlog.get_logger()


class PollsFirst:
    """Answers the polls of open windows, and passes on everything else."""

    def __init__(self, app: ASGIApp, polls: Polls, direct: DirectPolls) -> None:
        self.app = app
        self._polls = polls
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        poll, answer = None, None
        if scope["type"] == "http" and scope["method"] == "GET" and scope["raw_path"].endswith(b"/messages"):
            poll = self._find(scope)
        if poll is not None:
            connection: Connection | None = scope.get(CONNECTION)
            trigger = await self._hold(poll, network_of(scope), connection) if poll.waits else TRIGGER_NOW
            if connection and connection.lost:
                return self._polls.waiters.ended(poll.window.seat)
            answer = self._answer(poll, trigger)
        if poll is None or answer is None:
            return await self.app(scope, receive, send)
        self._polls.waiters.ended(poll.window.seat)
        await answer.send(scope, send)

    def _find(self, scope: Scope) -> Poll | None:
        headers = dict(scope["headers"])
        window = self._polls.window(scope["raw_path"], headers)
        if window is None:
            return None
        network = network_of(scope)
        if connection := scope.get(CONNECTION):
            self._direct.learn(connection, window, network, headers)
        return self._polls.find(window, scope["query_string"], network)

    async def _hold(self, poll: Poll, network: str, connection: Connection | None) -> str:
        """Hold it; answers how its window is to poll next."""
        seat, browser, waiters = poll.window.seat, poll.window.browser, self._polls.waiters
        again = await waiters.hold(poll.tail, seat, browser, network, connection, next_wave=poll.is_behind)
        return TRIGGER_NOW if again else TRIGGER_PACED

    def _answer(self, poll: Poll, trigger: str) -> Answer | None:
        try:
            return self._polls.answer(poll, trigger)
        except Exception as error:  # the router's way meets the fault too, and tells the visitor
            logger.error("poll not answered", room=poll.window.room, exc_info=error)
            return None
