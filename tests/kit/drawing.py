"""A room's events at their simplest."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any, NamedTuple

from chat.delivery.drawn import Drawn
from chat.delivery.tail import Tail
from chat.sizes import Sizes


class Said(NamedTuple):
    """An event that is only its number and a text."""

    seq: int
    text: str = ""
    calls: frozenset[str] = frozenset()


def said(first: int, last: int) -> list[Said]:
    return [Said(seq) for seq in range(first, last + 1)]


class Reads(NamedTuple):
    """Somebody who reads a language."""

    language: str

    @property
    def fallback(self) -> Reads:
        return self


EN, ZH = Reads("en"), Reads("zh")


class Outline(NamedTuple):
    text: str
    size: int


class Drawing:
    """Draws an event as its number, and counts how often."""

    def __init__(self, size: int = 0) -> None:
        self.size = size
        self.drawn: Counter[tuple[int, str]] = Counter()

    def outline(self, event: Said, language: str) -> Outline:
        self.drawn[event.seq, language] += 1
        text = f"{language}{event.seq}{event.text}"
        return Outline(text, max(self.size, len(text)))

    def fill(self, outline: Outline, event: Said, before: Said | None, audience: Reads) -> Drawn:
        after = f" after {before.seq}" if before else ""
        return Drawn(f"{outline.text}{after}".encode())


def spawn(name: str, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    return asyncio.create_task(coroutine, name=name)


def tail_of(drawing: Drawing | None = None, **sizes: int) -> Tail:
    """The tail of a room, not filled yet."""
    return Tail("lobby", drawing or Drawing(), spawn, Sizes(**sizes))


def numbers(drawn: list[Drawn]) -> list[int]:
    """The numbers of drawn events."""
    return [int(event.line.split()[0][2:]) for event in drawn]
