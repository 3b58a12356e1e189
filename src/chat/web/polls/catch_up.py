"""Answers for one window alone: what the tail lacks is read, and the unread of an absence are marked."""

from datetime import UTC, datetime

from chat.delivery.tail import Tail
from chat.domain.events import Event
from chat.storage import log
from chat.web.drawing.renderer import Renderer
from chat.web.http.services import Services
from chat.web.http.windows import Window
from chat.web.polls.decide import Decision, decide
from chat.web.polls.query import PollQuery


async def answer(services: Services, window: Window, query: PollQuery) -> bytes | None:
    """What follows a cursor, at once and in one page; None: the page must be loaded anew. Raises Unavailable."""
    services.presence.comes(window.room, window.seat)
    tail = await services.hub.tail(window.room)
    if query.after > tail.last:  # another process may be ahead
        tail = await services.hub.newest(window.room, query.after)
    decision = decide(query, tail, services.waiters.is_absent(window.seat, query.after))
    if decision is Decision.RELOAD:
        return None
    renderer = services.renderers[tail.admit(window.audience)]
    if decision is Decision.CATCH_UP:
        return await _catch_up(services, renderer, window, query, tail)
    body = services.answers.shared(renderer, tail, query, window.seat).body
    services.waiters.ended(window.seat)
    return body


async def _catch_up(
    services: Services, renderer: Renderer, window: Window, query: PollQuery, tail: Tail
) -> bytes | None:
    answers = services.answers
    begins: int | None = None
    if tail.covers(query.after):
        next_event = tail.find(query.after + 1)
        drawn, cursor = tail.news(query.after, renderer.audience, services.sizes.poll_page)
    else:
        last = tail.last
        before, found = await _read(services, window.room, query.after)
        first = await _first(window.room, query.after, found)
        begins = first if first > query.after + 1 else None
        events = [event for number, event in enumerate(found, first) if event.seq == number]
        if found and not events:
            return None  # numbers are missing behind the cursor, which the hub has logged
        drawn = renderer.draw_all(events, before)
        cursor, next_event = (events[-1].seq, events[0]) if events else (last, None)
    marked = next_event is not None and _was_absent(services, window, query.after, next_event)
    unread = None if query.seen is None else answers.unread(tail, window.seat, query.seen, cursor)
    services.waiters.ended(window.seat, query.after if marked else None)
    return answers.compose(renderer, window.room, query, drawn, cursor, unread, marked=marked, begins=begins)


async def _read(services: Services, room: str, after: int) -> tuple[Event | None, list[Event]]:
    """A page of the log; the event at the cursor is read too, because the next is drawn by it."""
    found = await log.after(room, after - 1, services.sizes.poll_page + 1)
    before = found.pop(0) if found and found[0].seq == after else None
    return before, found[: services.sizes.poll_page]


async def _first(room: str, after: int, found: list[Event]) -> int:
    """The number that follows a cursor: where what came next has been erased, the oldest that is kept."""
    missed = bool(found) and found[0].seq > after + 1
    return max(after + 1, await log.first_seq(room)) if missed else after + 1


def _was_absent(services: Services, window: Window, after: int, next_event: Event) -> bool:
    absent = services.waiters.is_absent(window.seat, after)
    if absent is None:  # not remembered, as after a restart: it has missed something for that long
        return (datetime.now(UTC) - next_event.at).total_seconds() > services.sizes.absent_seconds
    return absent
