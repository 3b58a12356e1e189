"""Token buckets: so many at once, then so many a second."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import NamedTuple

# Seconds by which a sum of clock readings may be off.
_ROUNDING = 1e-6


class Pace(NamedTuple):
    """So many at once, then so many a second."""

    burst: float
    rate: float


class Buckets:
    """What each key has spent and not yet got back: a debt, and when it was reckoned.

    The pace comes with every question, because a crowd's changes. A debt that is paid need not be remembered; the
    least lately used go when there are too many.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._debts: OrderedDict[str, tuple[float, float, float]] = OrderedDict()
        """Debt, when, and the rate at which it is paid off, as it was then."""

    def __len__(self) -> int:
        return len(self._debts)

    def wait(self, key: str, now: float, pace: Pace) -> int:
        """Whole seconds until one may be spent, rounded up; 0: now."""
        debt, at = self._owed(key, now, pace.rate)
        short = (debt + 1 - pace.burst) / pace.rate
        return max(0, math.ceil(short + at - now - _ROUNDING)) if short > _ROUNDING else 0

    def spend(self, key: str, now: float, pace: Pace) -> None:
        debt, at = self._owed(key, now, pace.rate)
        self._put(key, debt + 1, at, pace.rate)
        self._forget(now)

    def pause(self, key: str, now: float, pace: Pace) -> None:
        """What is spent comes back later, by the time in which one comes back."""
        debt, at = self._owed(key, now, pace.rate)
        self._put(key, debt, at + 1 / pace.rate, pace.rate)
        self._forget(now)

    def refund(self, key: str) -> None:
        if key in self._debts:
            debt, at, rate = self._debts[key]
            self._debts[key] = max(0.0, debt - 1), at, rate

    def _owed(self, key: str, now: float, rate: float) -> tuple[float, float]:
        """What is owed, and from when on it is paid off."""
        debt, at, _ = self._debts.get(key, (0.0, now, rate))
        return (debt, at) if at > now else (max(0.0, debt - (now - at) * rate), now)

    def _put(self, key: str, debt: float, at: float, rate: float) -> None:
        self._debts[key] = debt, at, rate
        self._debts.move_to_end(key)

    def _forget(self, now: float) -> None:
        # Two a call: more than come in, and never a long pause.
        for _ in range(2):
            oldest = next(iter(self._debts), None)
            if oldest is None:
                return
            debt, at, rate = self._debts[oldest]
            if len(self._debts) <= self._size and at + debt / rate > now:
                return
            del self._debts[oldest]
