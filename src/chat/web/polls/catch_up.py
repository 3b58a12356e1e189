"""Answers to polls that the tail alone cannot give, and pages of earlier messages."""

from datetime import UTC, datetime

from chat.actions.events import Event
from chat.delivery.tail import Drawn
from chat.delivery.waiters import ABSENT_SECONDS
from chat.web.drawing.fragments import Fragment
from chat.web.http.services import House
from chat.web.http.windows import Window
from chat.web.polls.answer import PAGE, compose
from chat.web.polls.query import Asked

EARLIER = 50
"""Messages of an earlier page."""


async def catch_up(house: House, window: Window, asked: Asked) -> bytes | None:
    """What follows a cursor, in one page, with a mark where the unread begin when the window was away.

    None: the cursor is ahead of the log, as after a restored backup; the page must be loaded
    anew. Raises the database's errors.
    """
    tail = await house.delivery.tail(window.room)
    if asked.after > tail.last:  # another process may be ahead
        tail = await house.delivery.newest(window.room, asked.after)
        if asked.after > tail.last:
            return None
    if tail.covers(asked.after):
        next_event = tail.find(asked.after + 1)
        drawn, cursor = tail.news(asked.after, window.language, PAGE)
    else:
        last = tail.last
        events, drawn = await _read(house, window, asked.after)
        cursor, next_event = (events[-1].seq, events[0]) if events else (last, None)
    away = next_event is not None and _was_away(house, window, next_event)
    unread = None if asked.seen is None else max(cursor - asked.seen, 0)
    house.waiting.ended(window.seat)
    return compose(house.fragments, window.room, window.language, asked, drawn, cursor, unread, away=away)


async def _read(house: House, window: Window, after: int) -> tuple[list[Event], list[Drawn]]:
    """A page of the log itself; the event at the cursor is read too, because the next is drawn by it."""
    found = await house.log.page_after(window.room, after - 1, PAGE + 1)
    before = found.pop(0) if found and found[0].seq == after else None
    events = found[:PAGE]
    return events, house.fragments.draw_all(events, before, window.language)


def _was_away(house: House, window: Window, next_event: Event) -> bool:
    away = house.waiting.away(window.seat)
    if away is None:  # not remembered, as after a restart: it has missed something for that long
        away = (datetime.now(UTC) - next_event.at).total_seconds()
    return away > ABSENT_SECONDS


async def earlier(house: House, room: str, before: int, language: str) -> tuple[list[Fragment], int, datetime | None]:
    """The page of messages below a number, drawn; the number of its first; the day to stand above it."""
    found = await house.log.page_before(room, before, EARLIER + 1)
    previous = found.pop(0) if len(found) > EARLIER else None
    drawn = house.fragments.draw_all(found, previous, language)
    first = found[0] if found else None
    above = house.fragments.day_above(first, previous)
    return [Fragment(event.line) for event in drawn], first.seq if first else 1, above
