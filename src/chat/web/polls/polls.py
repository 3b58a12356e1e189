"""What both doors of the long poll share: finding a poll that memory can answer, and its answer."""

from collections.abc import Mapping
from typing import NamedTuple

from chat.delivery.tail import Tail
from chat.domain.crowds import GLANCE_SECONDS
from chat.web.http.services import Services
from chat.web.http.windows import Window
from chat.web.polls.answer import Answer
from chat.web.polls.decide import Decision, decide
from chat.web.polls.query import PollQuery


class Poll(NamedTuple):
    """A poll that needs no more than what is in memory."""

    query: PollQuery
    window: Window
    tail: Tail
    waits: bool
    network: str

    @property
    def is_behind(self) -> bool:
        """Whether there is something already, which waits for the next wave."""
        return self.query.after < self.tail.last


class Polls:
    """Finds polls and answers them, from memory."""

    def __init__(self, services: Services) -> None:
        self.waiters = services.waiters
        self._bans = services.bans
        self._crowds = services.crowds
        self._presence = services.presence
        self._hub = services.hub
        self._windows = services.windows
        self._renderers = services.renderers
        self._queries = services.queries
        self._answers = services.answers

    def window(self, raw_path: bytes, headers: Mapping[bytes, bytes]) -> Window | None:
        """The window that polls, when htmx asks for it."""
        if headers.get(b"hx-request") != b"true":
            return None
        return self._windows.find(raw_path, headers.get(b"cookie", b""), headers.get(b"accept-language", b""))

    def find(self, window: Window, query_string: bytes, network: str) -> Poll | None:
        """The window's poll; None for one that cannot be answered from memory, or is none."""
        query = self._queries.parse(query_string)
        tail = self._hub.cached(window.room) if query is not None else None
        if query is None or tail is None or (self._bans.active and self._is_banned(window, network)):
            return None
        decision = decide(query, tail, self.waiters.is_absent(window.seat, query.after))
        seat, present = window.seat, self._crowds.present  # told now and then, without a call in a busy room
        if seat not in present or self.waiters.now - present[seat].last > GLANCE_SECONDS:
            self._crowds.polls(seat, network)
            self._presence.comes(window.room, seat)
        if decision is Decision.WAIT or decision is Decision.SHARED:
            return Poll(query, window, tail, decision is Decision.WAIT, network)
        return None

    def answer(self, poll: Poll, trigger: str) -> Answer | None:
        """Its answer, ready or made now; None when the tail does not cover its cursor any more."""
        query, window, tail, _, network = poll
        if not tail.covers(query.after) or (self._bans.active and self._is_banned(window, network)):
            return None
        audience = window.audience
        if audience not in tail.audiences:
            audience = tail.admit(audience)
        return self._answers.shared(self._renderers[audience], tail, query, window.seat, trigger)

    def _is_banned(self, window: Window, network: str) -> bool:
        """Whether the ordinary way must tell its visitor so."""
        return self._bans.forbids_entry(window.room, window.seat, window.browser, network)
