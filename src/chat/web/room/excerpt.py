"""A stretch of a room's log, drawn: what stands on a page."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from chat.delivery.drawn import Drawn
from chat.delivery.tail import Tail
from chat.storage import log
from chat.web.drawing.renderer import Fragment, Renderer


class Excerpt(NamedTuple):
    """Successive events as a page shows them."""

    lines: list[Fragment]
    first: int
    """Number of the first event; of the next one there will be, when there is none."""
    last: int
    """Number of the last event: the page's cursor."""
    above: str
    """The day that stands above them, when the first does not open one."""
    erased: bool = False
    """What came before the first has been erased."""

    def shown(self) -> dict[str, Any]:
        """What a template shows of it."""
        return {"lines": self.lines, "first": self.first, "above": self.above, "erased": self.erased}


def newest(renderer: Renderer, tail: Tail, count: int) -> Excerpt:
    """The newest events of a room."""
    drawn, ahead = tail.page(renderer.audience, count)
    first = ahead + 1
    above = renderer.day_above(tail.find(first), tail.before(first))
    return Excerpt(_lines(drawn), first, tail.last, above, erased=1 < first <= tail.first)


async def older(renderer: Renderer, room: str, before: int, count: int) -> Excerpt:
    """The events below a number. Raises Unavailable."""
    found = await log.before(room, before, count + 1)
    previous = found.pop(0) if len(found) > count else None
    first = found[0] if found else None
    lines = _lines(renderer.draw_all(found, previous))
    erased = previous is None and (first.seq if first else await log.first_seq(room)) > 1
    return Excerpt(lines, first.seq if first else 1, before - 1, renderer.day_above(first, previous), erased)


async def around(renderer: Renderer, room: str, seq: int, count: int) -> Excerpt:
    """The events around a number, about as many before it as behind. Raises Unavailable."""
    behind = await log.after(room, seq - 1, count // 2)
    return await older(renderer, room, behind[-1].seq + 1 if behind else seq, count)


def _lines(drawn: Sequence[Drawn]) -> list[Fragment]:
    return [Fragment(event.line) for event in drawn]
