"""A room's events at their simplest."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from chat.live.tail import Drawn


class Said(NamedTuple):
    """An event that is only its number and a text."""

    seq: int
    text: str = ""


def said(first: int, last: int) -> list[Said]:
    return [Said(seq) for seq in range(first, last + 1)]


class Drawing:
    """Draws an event as its number, and counts how often."""

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self.drawn: Counter[tuple[int, str]] = Counter()

    def __call__(self, event: Said, before: Said | None, language: str) -> Drawn:
        self.drawn[event.seq, language] += 1
        after = f" after {before.seq}" if before else ""
        return Drawn(f"{language}{event.seq}{event.text}{after}".encode().ljust(self.size))


def numbers(drawn: list[Drawn]) -> list[int]:
    """The numbers of drawn events."""
    return [int(event.line.split()[0][2:]) for event in drawn]
