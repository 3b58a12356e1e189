"""Answers to polls that the tail alone cannot give, and pages of earlier messages."""

from datetime import UTC, datetime

from chat.domain.events import Event
from chat.live.tail import Drawn
from chat.live.waiting import ABSENT_SECONDS
from chat.web.answers import AT_ONCE, PAGE, trimmed
from chat.web.fragments import Fragment
from chat.web.house import House
from chat.web.windows import Window

EARLIER = 50
"""Messages of an earlier page."""


async def catch_up(
    house: House,
    window: Window,
    after: int,
    first: bool = False,
    overlong: int | None = None,
    seen: int | None = None,
) -> bytes | None:
    """What follows a cursor, in one page, and the sentinel that goes on at once.

    `first`, `overlong` and `seen` are as in `answers.news`. Begins with a mark where the
    unread begin, when the window was away.
    None: the cursor is ahead of the log, as after a restored backup; the page must be loaded
    anew. Raises the database's errors.
    """
    tail = await house.delivery.tail(window.room)
    if after > tail.last:  # another process may be ahead
        tail = await house.delivery.newest(window.room, after)
        if after > tail.last:
            return None
    parts: list[bytes] = [house.fragments.render("_alive.html", window.language)] if first else []
    if overlong is not None:
        parts.append(trimmed(house.fragments, window.language, after, overlong))
    if tail.covers(after):
        next_event = tail.find(after + 1)
        drawn, cursor = tail.news(after, window.language, PAGE)
    else:
        last = tail.last
        events, drawn = await _read(house, window, after)
        cursor, next_event = (events[-1].seq, events[0]) if events else (last, None)
    if next_event and _was_away(house, window, next_event):
        parts.append(house.fragments.render("_unread.html", window.language))
    parts += [part for event in drawn for part in event]
    if seen is not None:
        parts.append(house.fragments.title(window.room, cursor - seen, window.language))
    house.waiting.ended(window.seat)
    told = seen is not None and seen < cursor
    return b"".join([*parts, house.fragments.poller(cursor, window.language, AT_ONCE, told=told)])


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


async def earlier(house: House, room: str, before: int, language: str) -> tuple[list[Fragment], int]:
    """The page of messages below a number, drawn, and the number of its first."""
    found = await house.log.page_before(room, before, EARLIER + 1)
    previous = found.pop(0) if len(found) > EARLIER else None
    drawn = house.fragments.draw_all(found, previous, language)
    return [Fragment(event.line) for event in drawn], found[0].seq if found else 1
