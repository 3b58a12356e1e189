"""What a room said lately, drawn once per language, and the polls waiting on it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

EVENTS = 200
"""Events a tail holds at most."""
BYTES = 256 * 1024
"""Drawn bytes a tail holds at most."""
CROWD = 1000
"""A room of more polls than that is woken with rests: pages, posts and other rooms want their turn."""
FIRST_CHUNK = 2500
"""Polls woken at once by the first wave after a while: all hear before any polls again, which is soonest for all."""
CHUNK = 50
"""Polls of a crowd woken at once when one wave follows another."""
REST_SECONDS = 60e-6
"""A crowd rests so long for each poll woken."""
ANSWER_BYTES = 256 * 1024
"""Bytes of ready answers a tail holds at most, one for each cursor, language and count of unread that is asked for."""


class Numbered(Protocol):
    """What a tail holds: anything with its number in the room."""

    @property
    def seq(self) -> int: ...


class Drawn(NamedTuple):
    """An event as HTML: `line` stands in the log, `change` is what it changes elsewhere in an open window."""

    line: bytes
    change: bytes = b""


Draw = Callable[[Any, Any, str], Drawn]
"""(event, the event before it or None, language) -> its HTML."""


class Entry:
    """One event of a tail, and its HTML in each language that was asked for."""

    __slots__ = ("before", "drawn", "event")

    def __init__(self, event: Numbered, before: Numbered | None) -> None:
        self.event = event
        self.before = before
        self.drawn: dict[str, Drawn] = {}


class Tail:
    """The newest events of one room: gapless, bounded, shared by every window of the process."""

    def __init__(self, room: str, draw: Draw, events: int = EVENTS, size: int = BYTES) -> None:
        self.room = room
        self.ready = False
        """What it holds reaches up to `last`; until it is read from the database it holds nothing."""
        self.last = 0
        """Number of the newest event it holds, or of the newest there is when it holds none."""
        self.known = 0
        """Number of the newest event it has heard of."""
        self.lock = asyncio.Lock()
        """Held while its events are read from the database."""
        self.used = 0.0
        """When it was last asked for, on the event loop's clock."""
        self.looked = 0.0
        """When the database was last asked whether there is more, on the event loop's clock."""
        self.answers: dict[Any, Any] = {}
        """Answers made of what it holds now, ready to be sent again."""
        self._answers_size = 0
        self.waiters: set[asyncio.Future[bool]] = set()
        """Polls to wake with True."""
        self.crowded = False
        """A wave goes through very many polls just now."""
        self.late: set[asyncio.Future[bool]] = set()
        """Polls that are behind, and wait for the next wave."""
        self._draw = draw
        self._limit = events
        self._size_limit = size
        self._size = 0
        self._entries: deque[Entry] = deque()
        self._news = False
        self._waking: asyncio.Task[None] | None = None

    def start(self, events: Sequence[Numbered], last: int) -> None:
        """Fill it for the first time: the room's newest events, oldest first, and the newest number.

        One more than it may hold tells what the oldest follows.
        """
        before = events[0] if len(events) > self._limit else None
        events = events[1:] if before else events
        self.last = events[0].seq - 1 if events else last
        self.ready = True
        self._append(events, before)

    def push(self, events: Sequence[Numbered]) -> None:
        """Take the events that follow `last`, and wake the polls. Known ones are passed over; a gap ends it."""
        self._news = self._append(events) or self._news
        if self._news and (self._waking is None or self._waking.done()):
            self._waking = asyncio.create_task(self._wake())

    def _append(self, events: Sequence[Numbered], oldest_follows: Numbered | None = None) -> bool:
        before = self.last
        for event in events:
            if event.seq == self.last + 1:
                previous = self._entries[-1].event if self._entries else oldest_follows
                self._entries.append(Entry(event, previous))
                self.last = event.seq
        self.known = max(self.known, self.last)
        self._forget_answers()
        self._trim()
        return self.last > before

    def _trim(self) -> None:
        while len(self._entries) > self._limit or (self._size > self._size_limit and len(self._entries) > 1):
            self._size -= _size(self._entries.popleft())

    async def _wake(self) -> None:
        """Wake the polls that wait. While waves follow each other, a crowd is woken little by little, with rests.

        Whoever is woken and behind again before the wave is over waits for the next (`late`).
        """
        chunk, rest = FIRST_CHUNK, 0.0
        while self._news or self.late:
            waiters, self.late = self.late, set()
            if self._news:
                waiters, self.waiters, self._news = waiters | self.waiters, set(), False
            self.crowded = len(waiters) > CROWD
            for number, waiter in enumerate(waiters, 1):
                if not waiter.done():
                    waiter.set_result(True)
                if number % chunk == 0:
                    await asyncio.sleep(rest)
            if self.crowded and not rest:
                await asyncio.sleep(len(waiters) * REST_SECONDS)
            chunk, rest = (CHUNK, CHUNK * REST_SECONDS) if self.crowded else (FIRST_CHUNK, 0.0)
            self.crowded = False

    def close(self) -> None:
        """It is not kept any more: let its polls look elsewhere."""
        self.ready = False
        self._news = True
        if self._waking is None or self._waking.done():
            self._waking = asyncio.create_task(self._wake())

    def replace(self, event: Numbered) -> None:
        """Put another event in the place of the one with its number, if it is held."""
        for entry in self._entries:
            if entry.event.seq == event.seq:
                self._size -= _size(entry)
                entry.event, entry.drawn = event, {}
                self._forget_answers()

    def find(self, seq: int) -> Any:
        """The event of this number, or None when it is not held."""
        return next((entry.event for entry in self._entries if entry.event.seq == seq), None)

    def before(self, seq: int) -> Any:
        """The event before the one of this number, or None when it is not known."""
        return next((entry.before for entry in self._entries if entry.event.seq == seq), None)

    def covers(self, after: int) -> bool:
        """Whether it holds all that follows the cursor `after`."""
        return self.ready and self.last - len(self._entries) <= after <= self.last

    def news(self, after: int, language: str, count: int) -> tuple[list[Drawn], int]:
        """The drawn events that follow a covered cursor, at most `count`, and the cursor behind them."""
        skip = len(self._entries) - (self.last - after)
        chosen = [self._entries[number] for number in range(skip, min(skip + count, len(self._entries)))]
        drawn = [self.drawn(entry, language) for entry in chosen]
        self._trim()
        return drawn, after + len(chosen)

    def page(self, language: str, count: int) -> tuple[list[Drawn], int]:
        """The newest `count` events, drawn, and the number before the first of them."""
        first = max(self.last - len(self._entries), self.last - count)
        return self.news(first, language, count)[0], first

    def keep(self, key: Any, answer: Any, size: int) -> None:
        """Keep an answer that is made of what it holds now, for the next who asks the same."""
        if self._answers_size > ANSWER_BYTES:
            self._forget_answers()
        self.answers[key] = answer
        self._answers_size += size

    def _forget_answers(self) -> None:
        self.answers.clear()
        self._answers_size = 0

    def drawn(self, entry: Entry, language: str) -> Drawn:
        """An entry's HTML: drawn the first time a language asks for it."""
        if language not in entry.drawn:
            entry.drawn[language] = drawn = self._draw(entry.event, entry.before, language)
            self._size += len(drawn.line) + len(drawn.change)
        return entry.drawn[language]


def _size(entry: Entry) -> int:
    return sum(len(drawn.line) + len(drawn.change) for drawn in entry.drawn.values())
