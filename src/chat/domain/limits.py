"""How fast one may write and rename: every limit in one table, counted in this process's memory."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from chat.domain.networks import network
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.settings import Settings

SIZE = 50_000
"""People, and addresses, that are remembered at most."""

# Seconds by which a sum of clock readings may be off.
_ROUNDING = 1e-6


class Limits:
    """What each person and address has spent, of what the settings allow. Not for several threads.

    A burst at once, then one every so many seconds: for messages of a person, and for all lines of an address.
    Renames of a person: so many at once, then as many a minute, evenly.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic, size: int = SIZE) -> None:
        self._enabled = settings.limits == "on"
        self._repeats = settings.repeats
        self._clock = clock
        self._people = _Buckets(settings.person_burst, settings.person_seconds, size)
        self._addresses = _Buckets(settings.address_burst, settings.address_seconds, size)
        self._renames = _Buckets(settings.renames, 60.0 / settings.renames, size)
        self._runs = _Runs(size)

    @property
    def remembered(self) -> dict[str, int]:
        """How many entries each table holds."""
        return {
            "people": len(self._people),
            "addresses": len(self._addresses),
            "renames": len(self._renames),
            "texts": len(self._runs),
        }

    def message(self, visitor: Visitor, text: str) -> None:
        """Spend one message of the person and of the address; nothing is spent when either is refused.

        `text` is the cleaned text. Raises Refused: text.repeated, text.too_fast (seconds).
        """
        if not self._enabled:
            return
        now = self._clock()
        run = self._runs.length(visitor.seat, text) + 1
        if run >= self._repeats:
            raise Refused("text.repeated")
        _spend("text.too_fast", self._buckets(self._people, visitor), now)
        self._runs.put(visitor.seat, text, run)

    def refund_message(self, visitor: Visitor, text: str) -> None:
        """Give back what message() took for a text that was not said (a repeated key, a failed write).

        Not mended: the run of another text that this one broke.
        """
        for buckets, key in self._buckets(self._people, visitor):
            buckets.refund(key)
        if run := self._runs.length(visitor.seat, text):
            self._runs.put(visitor.seat, text, run - 1)

    def rename(self, visitor: Visitor) -> None:
        """Spend one rename of the person and one line of the address. Raises Refused: nickname.too_fast (seconds)."""
        if self._enabled:
            _spend("nickname.too_fast", self._buckets(self._renames, visitor), self._clock())

    def refund_rename(self, visitor: Visitor) -> None:
        """Give back what rename() took for a name that was not kept."""
        for buckets, key in self._buckets(self._renames, visitor):
            buckets.refund(key)

    def _buckets(self, own: _Buckets, visitor: Visitor) -> list[tuple[_Buckets, str]]:
        neighbours = network(visitor.address)
        return [(own, visitor.seat)] + ([(self._addresses, neighbours)] if neighbours else [])


def _spend(reason: str, spendings: list[tuple[_Buckets, str]], now: float) -> None:
    wait = max(buckets.wait(key, now) for buckets, key in spendings)
    if wait:
        raise Refused(reason, seconds=wait)
    for buckets, key in spendings:
        buckets.spend(key, now)


class _Buckets:
    """Token buckets, each kept as one number: the time at which it will be full again (GCRA).

    A bucket that is full need not be remembered; the least lately used go when there are too many.
    """

    def __init__(self, burst: int, seconds: float, size: int) -> None:
        self._size = size
        self._slack = (burst - 1) * seconds
        self._seconds = seconds
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at)

    def wait(self, key: str, now: float) -> int:
        """Whole seconds until one may be spent, rounded up; 0: now."""
        short = self._full_at.get(key, now) - self._slack - now
        return max(0, math.ceil(short - _ROUNDING))

    def spend(self, key: str, now: float) -> None:
        self._full_at[key] = max(now, self._full_at.get(key, now)) + self._seconds
        self._full_at.move_to_end(key)
        self._forget(now)

    def refund(self, key: str) -> None:
        if key in self._full_at:
            self._full_at[key] -= self._seconds

    def _forget(self, now: float) -> None:
        # Two a call: more than come in, and never a long pause.
        for _ in range(2):
            oldest = next(iter(self._full_at), None)
            if oldest is None or (len(self._full_at) <= self._size and self._full_at[oldest] > now):
                return
            del self._full_at[oldest]


class _Runs:
    """How often in a row each person said the same (known by its hash: no text is kept)."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._runs: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._runs)

    def length(self, seat: str, text: str) -> int:
        said, times = self._runs.get(seat, (0, 0))
        return times if said == hash(text) else 0

    def put(self, seat: str, text: str, times: int) -> None:
        self._runs[seat] = (hash(text), times)
        self._runs.move_to_end(seat)
        if len(self._runs) > self._size:
            self._runs.popitem(last=False)
