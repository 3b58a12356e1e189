"""Counting who is here, also when several processes see the same people."""

from collections.abc import Iterable, Sequence
from hashlib import blake2s
from typing import NamedTuple

SAMPLE = 200
"""Seats of a room that are told to other processes, at most."""


class Seen(NamedTuple):
    """Whom a process sees in a room: the seats whose number (`place_of`) is below `share`."""

    share: float
    """1: all of them."""
    seats: frozenset[str]


NOBODY = Seen(1, frozenset())


def shown(count: int) -> str:
    """A count as it is shown: from 100 on in two digits, so that it seldom changes."""
    if count < 100:
        return str(count)
    digits = len(str(count)) - 2
    count = count // 10**digits * 10**digits
    if count < 1000:
        return str(count)
    thousands = count / 1000
    return f"{thousands:.1f}k" if thousands < 10 else f"{int(thousands)}k"


def place_of(seat: str) -> float:
    """A number from 0 to 1 that is the same everywhere: of very many seats, those with small ones are a sample."""
    return int.from_bytes(blake2s(seat.encode(), digest_size=4).digest()) / 2**32


def sampled(seats: Iterable[str]) -> Seen:
    """These seats, or of very many a sample."""
    chosen, share = frozenset(seats), 1.0
    while len(chosen) > SAMPLE:
        share /= 2
        chosen = frozenset(seat for seat in chosen if place_of(seat) < share)
    return Seen(share, chosen)


def merged(seen: Sequence[Seen]) -> tuple[int, frozenset[str]]:
    """How many seats all see together, and those that are known."""
    known = frozenset[str]().union(*(one.seats for one in seen))
    share = min(one.share for one in seen)
    if share == 1:
        return len(known), known
    return max(round(sum(place_of(seat) < share for seat in known) / share), len(known)), known
