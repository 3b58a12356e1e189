"""How fast one may write, rename and open windows: every limit in one table, counted in this process's memory.

A person has an allowance. An address is a crowd: those of its people who have stayed count as people, its newcomers
share a tight allowance, and all together have a wide one, that grows with the windows which poll from there
(`paces.py`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from chat.domain.buckets import Buckets, Pace
from chat.domain.crowds import Crowds
from chat.domain.networks import network
from chat.domain.paces import Paces
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.settings import Settings

SIZE = 50_000
"""People, and addresses, that are remembered at most."""
REPORTS, REPORTS_OF_ADDRESS = Pace(5, 1 / 60), Pace(60, 1 / 6)
"""How many reports a person may file, and all of an address."""


class _Spending(NamedTuple):
    """What an act takes: one from a bucket, and why it is refused when there is none."""

    reason: str
    buckets: Buckets
    key: str
    pace: Pace


class Limits:
    """What each person and address has spent, of what the settings allow. Not for several threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        size: int = SIZE,
        crowds: Crowds | None = None,
    ) -> None:
        self._enabled = settings.limits == "on"
        self._repeats = settings.repeats
        self._clock = clock
        self._crowds = crowds or Crowds(clock, size)
        self._paces = Paces(settings)
        self._people, self._renames = Buckets(size), Buckets(size)
        self._newcomers, self._addresses = Buckets(size), Buckets(size)
        self._address_renames, self._windows = Buckets(size), Buckets(size)
        self._reports = Buckets(size)
        self._runs = _Runs(size)

    @property
    def remembered(self) -> dict[str, int]:
        """How many entries each table holds."""
        return {
            "people": len(self._people),
            "newcomers": len(self._newcomers),
            "addresses": len(self._addresses),
            "renames": len(self._renames),
            "address renames": len(self._address_renames),
            "windows": len(self._windows),
            "reports": len(self._reports),
            "texts": len(self._runs),
        }

    def message(self, visitor: Visitor, text: str) -> None:
        """Spend one message of the person and of the address; nothing is spent when either is refused.

        `text` is the cleaned text. Raises Refused: text.repeated, text.too_fast (seconds), address.too_fast (seconds).
        """
        if not self._enabled:
            return
        run = self._runs.length(visitor.seat, text) + 1
        if run >= self._repeats:
            raise Refused("text.repeated")
        self._spend(self._of_message(visitor))
        self._runs.put(visitor.seat, text, run)

    def refund_message(self, visitor: Visitor, text: str) -> None:
        """Give back what message() took for a text that was not said (a repeated key, a failed write).

        Not mended: the run of another text that this one broke.
        """
        _refund(self._of_message(visitor))
        if run := self._runs.length(visitor.seat, text):
            self._runs.put(visitor.seat, text, run - 1)

    def rename(self, visitor: Visitor) -> None:
        """Spend one rename of the person and of the address.

        Raises Refused: nickname.too_fast (seconds), address.too_fast (seconds).
        """
        if not self._enabled:
            return
        self._spend(self._of_rename(visitor))
        where = network(visitor.address)
        if where and not visitor.proxied and not self._crowds.is_present(visitor.seat):
            # A rename is a line too: who does not even look at the room pays for it with a line's time.
            self._newcomers.pause(where, self._clock(), self._paces.newcomers(self._crowds.of(where)))

    def refund_rename(self, visitor: Visitor) -> None:
        """Give back what rename() took for a name that was not kept."""
        _refund(self._of_rename(visitor))

    def report(self, visitor: Visitor) -> None:
        """Spend one report of the person, and of the address. Raises Refused: report.too_fast (seconds)."""
        if not self._enabled:
            return
        spendings = [_Spending("report.too_fast", self._reports, visitor.seat, REPORTS)]
        if (where := network(visitor.address)) and not visitor.proxied:
            spendings.append(_Spending("report.too_fast", self._reports, where, REPORTS_OF_ADDRESS))
        self._spend(spendings)

    def window(self, visitor_address: str, *, proxied: bool = False) -> None:
        """Spend one new seat of the address. Raises Refused: address.windows (seconds)."""
        where = network(visitor_address)
        if self._enabled and where and not proxied:
            self._spend([_Spending("address.windows", self._windows, where, self._paces.windows)])

    def _of_message(self, visitor: Visitor) -> list[_Spending]:
        spendings = [_Spending("text.too_fast", self._people, visitor.seat, self._paces.person)]
        where, paces = network(visitor.address), self._paces
        if not where:
            return spendings
        crowd = self._crowds.of(where)
        pace = paces.proxy if visitor.proxied else paces.address(crowd)
        spendings.append(_Spending("address.too_fast", self._addresses, where, pace))
        if not visitor.proxied and not self._crowds.has_stayed(visitor.seat):
            spendings.append(_Spending("address.too_fast", self._newcomers, where, paces.newcomers(crowd)))
        return spendings

    def _of_rename(self, visitor: Visitor) -> list[_Spending]:
        spendings = [_Spending("nickname.too_fast", self._renames, visitor.seat, self._paces.renames)]
        if where := network(visitor.address):
            pace = self._paces.proxy if visitor.proxied else self._paces.address_renames(self._crowds.of(where))
            spendings.append(_Spending("address.too_fast", self._address_renames, where, pace))
        return spendings

    def _spend(self, spendings: list[_Spending]) -> None:
        """All of them or none. The longest wait is told; of equal ones, the person's own."""
        now = self._clock()
        waits = [(buckets.wait(key, now, pace), reason) for reason, buckets, key, pace in spendings]
        seconds, reason = max(waits, key=lambda wait: wait[0])
        if seconds:
            raise Refused(reason, seconds=seconds)
        for _, buckets, key, pace in spendings:
            buckets.spend(key, now, pace)


def _refund(spendings: list[_Spending]) -> None:
    for _, buckets, key, _ in spendings:
        buckets.refund(key)


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
