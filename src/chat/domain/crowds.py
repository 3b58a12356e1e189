"""Crowds: which windows poll from which network, and which of their people have stayed."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

SIZE = 50_000
"""Windows that are remembered at most."""
STAYED_SECONDS = 60.0
"""Who has polled for so long is no newcomer."""
GLANCE_SECONDS = 2.0
"""A window that polls again so soon, as in a busy room, need not be told again: polls must stay cheap."""
PRESENT_SECONDS = 30.0
"""A window whose last poll began longer ago is away: a poll is held for 25 s at most."""


class Crowd(NamedTuple):
    """The windows of one network that poll just now."""

    newcomers: int
    windows: int
    """All of them."""


NOBODY = Crowd(0, 0)


class Crowds:
    """What this process has seen of windows that poll. Not for several threads.

    Only time spent polling makes a seat older, so that nobody can lay in old seats: opened and left, they stay new.
    Who has stayed and goes away for a while has stayed still, until too many others did.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, size: int = SIZE) -> None:
        self._clock = clock
        self._size = size
        self.present: OrderedDict[str, _Window] = OrderedDict()
        """By seat, the one that polled last at the end."""
        self._away: OrderedDict[str, str] = OrderedDict()
        """Seats that have stayed, and are away; it maps each to itself."""
        self._crowds: dict[str, Crowd] = {}

    @property
    def remembered(self) -> int:
        """Windows in memory."""
        return len(self.present) + len(self._away)

    def polls(self, seat: str, network: str) -> None:
        """A window polls now, from this network."""
        now = self._clock()
        self._expire(now)
        window = self.present.get(seat)
        if window is None:
            window = self.present[seat] = _Window(network, now, is_new=self._away.pop(seat, None) is None)
            self._count(window, 1)
        elif window.network != network or (window.is_new and now - window.since >= STAYED_SECONDS):
            self._count(window, -1)
            window.network = network
            window.is_new = now - window.since < STAYED_SECONDS and window.is_new
            self._count(window, 1)
        window.last = now
        self.present.move_to_end(seat)
        self._forget()

    def has_stayed(self, seat: str) -> bool:
        """Whether this person is no newcomer."""
        now = self._clock()
        self._expire(now)
        window = self.present.get(seat)
        if window is None:
            return seat in self._away
        return not window.is_new or now - window.since >= STAYED_SECONDS

    def is_present(self, seat: str) -> bool:
        """Whether this window polls just now."""
        self._expire(self._clock())
        return seat in self.present

    def of(self, network: str) -> Crowd:
        """Who polls from this network."""
        self._expire(self._clock())
        return self._crowds.get(network, NOBODY)

    def _expire(self, now: float) -> None:
        while self.present:
            seat, window = next(iter(self.present.items()))
            if now - window.last <= PRESENT_SECONDS:
                return
            self._leave(seat)
            if not window.is_new or window.last - window.since >= STAYED_SECONDS:
                self._away[seat] = seat

    def _forget(self) -> None:
        if self.remembered > self._size:
            if self._away:
                self._away.popitem(last=False)
            else:
                self._leave(next(iter(self.present)))

    def _leave(self, seat: str) -> None:
        self._count(self.present.pop(seat), -1)

    def _count(self, window: _Window, more: int) -> None:
        newcomers, windows = self._crowds.get(window.network, NOBODY)
        left = Crowd(newcomers + more * window.is_new, windows + more)
        if left.windows:
            self._crowds[window.network] = left
        else:
            del self._crowds[window.network]


class _Window:
    """A window that polls."""

    __slots__ = ("is_new", "last", "network", "since")

    def __init__(self, network: str, now: float, *, is_new: bool) -> None:
        self.network = network
        self.since = self.last = now
        """When it began to poll, without a pause; when it polled last."""
        self.is_new = is_new
        """As it was at its last poll."""
