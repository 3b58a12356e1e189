"""Drawing an event: once for each language, with slots that an audience fills."""

import re
from datetime import date, time, timedelta
from functools import lru_cache
from typing import NamedTuple

import structlog

from chat.delivery.drawn import Drawn
from chat.domain.events import Cleared, Event, Forgotten, Hiding, Lock, Message, Removal, Slow, Topic, Unknown
from chat.web.drawing.audiences import Audience, day, written_hour
from chat.web.drawing.environment import environment

GROUP_WITHIN = timedelta(minutes=5)
"""Successive messages of one person within this time stand under one name."""
SLOTS = {name: f"\0{name}\0" for name in ("day", "more", "moment", "hour")}
"""What depends on the reader's hour. No text of a visitor holds a NUL: control characters are dropped."""
SLOT = re.compile(rb"\0([a-z]+)\0")
CHANGES: dict[type[Event], str] = {
    Removal: "events/_removed.html",
    Hiding: "events/_hiding.html",
    Forgotten: "events/_forgotten.html",
    Cleared: "events/_cleared.html",
    Topic: "events/_topic.html",
    Lock: "events/_lock.html",
    Slow: "events/_slow.html",
}
"""What a kind changes elsewhere in an open window."""
LOGGED = 1_000
"""Faults of drawing that are remembered, so that each is logged once."""

logger = structlog.get_logger()


class Outline(NamedTuple):
    """An event drawn for a language: pieces of its line, between them the names of slots; and its change."""

    pieces: tuple[bytes, ...]
    slots: tuple[bytes, ...]
    change: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(map(len, self.pieces)) + len(self.change)


class Drawing:
    """Draws events, for tails that keep them and for pages that do not."""

    def __init__(self) -> None:
        self._logged: set[tuple[str, int]] = set()

    def outline(self, event: Event, language: str) -> Outline:
        """An event for everybody who reads this language; it knows no viewer, no request, no hour.

        One that cannot be drawn, as a newer process's kind, is a line without content, and logged once: it must not
        stop its room.
        """
        try:
            if isinstance(event, Unknown):
                raise LookupError(f"unknown kind {event.stored_kind!r}")
            line = _render(f"events/{event.kind}.html", language, event)
            change = _render(CHANGES[type(event)], language, event) if type(event) in CHANGES else b""
        except Exception as error:
            self._log_once(event, error)
            line, change = _render("events/unknown.html", language, event), b""
        cut = SLOT.split(line)
        return Outline(tuple(cut[::2]), tuple(cut[1::2]), change)

    def fill(self, drawn: Outline, event: Event, before: Event | None, reads: Audience) -> Drawn:
        """The event as an audience reads it; `before`: the event that it follows."""
        if not drawn.slots:
            return Drawn(drawn.pieces[0], drawn.change)
        local = event.at.astimezone(reads.zone)
        opens_day = before is None or before.at.astimezone(reads.zone).date() != local.date()
        fillings = {
            b"day": day_line(local.date(), reads) if opens_day else b"",
            b"more": b"" if opens_day or not _continues(event, before) else b" more",
            b"moment": local.isoformat(timespec="minutes").encode(),
            b"hour": hour_bytes(reads, local.hour, local.minute),
        }
        line = [drawn.pieces[0]]
        for slot, piece in zip(drawn.slots, drawn.pieces[1:], strict=True):
            line += fillings[slot], piece
        return Drawn(b"".join(line), drawn.change)

    def _log_once(self, event: Event, error: Exception) -> None:
        if (event.room, event.seq) not in self._logged and len(self._logged) < LOGGED:
            self._logged.add((event.room, event.seq))
            logger.error("event not drawn", room=event.room, seq=event.seq, cause=repr(error))


@lru_cache(maxsize=2048)
def day_line(on: date, reads: Audience) -> bytes:
    """The line that stands above a day's events."""
    template = environment(reads.language).get_template("shared/_day.html")
    return template.render(day=day(reads, on)).encode()


@lru_cache(maxsize=8192)
def hour_bytes(reads: Audience, hour: int, minute: int) -> bytes:
    """An hour of the audience's day, as it is written."""
    return written_hour(reads, time(hour, minute)).encode()


def _continues(event: Event, before: Event | None) -> bool:
    return (
        isinstance(event, Message)
        and isinstance(before, Message)
        and before.seat == event.seat
        and before.nickname == event.nickname
        and event.at - before.at < GROUP_WITHIN
    )


def _render(template: str, language: str, event: Event) -> bytes:
    return environment(language).get_template(template).render(event=event, slots=SLOTS).encode()
