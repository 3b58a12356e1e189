"""The newest events of a room, each drawn once a language, and the polls that wait for the next."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Sequence
from typing import Any

from chat.delivery.drawn import Audience, Drawing, Drawn, Numbered, Outline
from chat.delivery.places import Waiter
from chat.sizes import Sizes

Spawn = Callable[[str, Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a named task whose failure is seen."""


CALLED = 2_000
"""People who are mentioned that are remembered, before those go whom nothing mentions any more."""


class Entry:
    """One event of a tail, the event it follows, and its outline in each language that was asked for."""

    __slots__ = ("before", "event", "filled", "outlines")

    def __init__(self, event: Numbered, before: Numbered | None) -> None:
        self.event = event
        self.before = before
        self.outlines: dict[str, Outline] = {}
        self.filled: tuple[Audience, Drawn] | None = None
        """For whom it was filled last, since most rooms have one audience."""


class Tail:
    """The newest events of one room: gapless, bounded, shared by every window of the process."""

    def __init__(self, room: str, drawing: Drawing, spawn: Spawn, sizes: Sizes) -> None:
        self.room = room
        self.ready = False
        """What it holds reaches up to `last`; until it is read from the database it holds nothing."""
        self.last = 0
        """Number of the newest event it holds, or of the newest there is when it holds none."""
        self.first = 1
        """Number of the oldest event of the room that is kept, as far as that is known: it is not larger."""
        self.announced_seq = 0
        """Number of the newest event it was told of."""
        self.lock = asyncio.Lock()
        """Held while its events are read from the database."""
        self.used_at = 0.0
        """When it was last asked for, in seconds of the clock."""
        self.checked_at = 0.0
        """When the database was last asked for more, in seconds of the clock."""
        self.answers: dict[Hashable, Any] = {}
        """Answers made of what it holds now, ready to be sent again."""
        self._answers_size = 0
        self.audiences: set[Any] = set()
        """For whom answers were made since `forget_audiences`."""
        self._earlier_audiences: set[Any] = set()
        """For whom they were made between the two times before."""
        self.waiters: set[Waiter] = set()
        """Polls to wake with True."""
        self.waking_crowd = False
        """A wave goes through very many polls just now."""
        self.next_wave: set[Waiter] = set()
        """Polls that are behind, and wait for the next wave."""
        self.called: dict[str, int] = {}
        """Who is mentioned in what it holds, by public name, and the newest event that does so."""
        self._drawing = drawing
        self._spawn = spawn
        self._sizes = sizes
        self._size = 0
        self._entries: deque[Entry] = deque()
        self._news = False
        self._waking: asyncio.Task[None] | None = None

    @property
    def size(self) -> int:
        """Bytes of the outlines that it holds."""
        return self._size

    def start(self, events: Sequence[Numbered], last: int) -> None:
        """Fill it for the first time: the room's newest events, oldest first, and the newest number.

        One more than it may hold tells what the oldest follows.
        """
        before = events[0] if len(events) > self._sizes.tail_events else None
        events = events[1:] if before else events
        if before is None:
            self.first = events[0].seq if events else last + 1
        self.last = events[0].seq - 1 if events else last
        self.ready = True
        self._append(events, before)

    def push(self, events: Sequence[Numbered]) -> None:
        """Take the events that follow `last`, and wake the polls. Known ones are passed over; a gap ends it."""
        self._news = self._append(events) or self._news
        if self._news:
            self._start_wave()

    def _start_wave(self) -> None:
        if self._waking is None or self._waking.done():
            self._waking = self._spawn("wave", self._wake())

    def _append(self, events: Sequence[Numbered], oldest_follows: Numbered | None = None) -> bool:
        before = self.last
        for event in events:
            if event.seq == self.last + 1:
                previous = self._entries[-1].event if self._entries else oldest_follows
                self._entries.append(Entry(event, previous))
                self.last = event.seq
                for name in event.calls:
                    self.called[name] = event.seq
        self.announced_seq = max(self.announced_seq, self.last)
        self._forget_answers()
        self._trim()
        return self.last > before

    def _trim(self) -> None:
        while len(self._entries) > self._sizes.tail_events or (
            self._size > self._sizes.tail_bytes and len(self._entries) > 1
        ):
            self._size -= _size(self._entries.popleft())
        if len(self.called) > CALLED:
            self._call_again()

    async def _wake(self) -> None:
        """Wake the polls that wait. While waves follow each other, a crowd is woken little by little, with rests.

        Whoever is woken and behind again before the wave is over waits for the next (`next_wave`).
        """
        sizes = self._sizes
        chunk, rest = sizes.first_chunk, 0.0
        while self._news or self.next_wave:
            waiters, self.next_wave = self.next_wave, set()
            if self._news:
                waiters, self.waiters, self._news = waiters | self.waiters, set(), False
            self.waking_crowd = len(waiters) > sizes.crowd
            for number, waiter in enumerate(waiters, 1):
                if not waiter.done():
                    waiter.set_result(True)
                if number % chunk == 0:
                    await asyncio.sleep(rest)
            if self.waking_crowd and not rest:
                await asyncio.sleep(len(waiters) * sizes.rest_seconds)
            paced = (sizes.chunk, sizes.chunk * sizes.rest_seconds)
            chunk, rest = paced if self.waking_crowd else (sizes.first_chunk, 0.0)
            self.waking_crowd = False

    def close(self) -> None:
        """It is not kept any more: let its polls look elsewhere."""
        self.ready = False
        self._news = True
        self._start_wave()

    def change(self, changed: Callable[[Any], Any]) -> None:
        """Let each event it holds become what `changed` makes of it: the same object, or another in its place."""
        for entry in self._entries:
            event, before = changed(entry.event), entry.before and changed(entry.before)
            if event is not entry.event or before is not entry.before:
                self._size -= _size(entry)
                if event is not entry.event:
                    entry.event, entry.outlines = event, {}
                entry.before, entry.filled = before, None
                self._size += _size(entry)
                self._forget_answers()
                self._call_again()

    def _call_again(self) -> None:
        self.called = {name: entry.event.seq for entry in self._entries for name in entry.event.calls}

    def let_go(self, first: int) -> None:
        """What is older than this number has been erased from the log: hold it no more."""
        self.first = max(self.first, first)
        while self._entries and self.last - len(self._entries) + 1 < first:
            self._size -= _size(self._entries.popleft())
            self._forget_answers()
        if self._entries and (oldest := self._entries[0]).before and oldest.before.seq < first:
            self._size -= _size(oldest)
            oldest.before, oldest.filled = None, None
            self._size += _size(oldest)
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

    def news(self, after: int, audience: Audience, count: int) -> tuple[list[Drawn], int]:
        """The drawn events that follow a covered cursor, at most `count`, and the cursor behind them."""
        skip = len(self._entries) - (self.last - after)
        chosen = [self._entries[number] for number in range(skip, min(skip + count, len(self._entries)))]
        drawn = [self.drawn(entry, audience) for entry in chosen]
        self._trim()
        return drawn, after + len(chosen)

    def page(self, audience: Audience, count: int) -> tuple[list[Drawn], int]:
        """The newest `count` events, drawn, and the number before the first of them."""
        first = max(self.last - len(self._entries), self.last - count)
        return self.news(first, audience, count)[0], first

    def admit(self, audience: Any) -> Any:
        """For whom to draw: the audience; its fallback when too many others are here, who came before."""
        here = self.audiences | self._earlier_audiences
        if audience not in here and len(here) >= self._sizes.audiences:
            return audience.fallback
        self.audiences.add(audience)
        return audience

    def forget_audiences(self) -> None:
        """Audiences that nobody belonged to since this was done last make room for others."""
        self._earlier_audiences, self.audiences = self.audiences, set()

    def keep(self, key: Hashable, answer: Any, size: int) -> None:
        """Keep an answer that is made of what it holds now, for the next who asks the same."""
        if self._answers_size > self._sizes.answer_bytes:
            self._forget_answers()
        self.answers[key] = answer
        self._answers_size += size

    def _forget_answers(self) -> None:
        self.answers.clear()
        self._answers_size = 0

    def drawn(self, entry: Entry, audience: Audience) -> Drawn:
        """An entry's HTML. The outline is drawn the first time somebody asks for its language."""
        if entry.filled and entry.filled[0] is audience:
            return entry.filled[1]
        before = _size(entry)
        outline = entry.outlines.get(audience.language)
        if outline is None:
            outline = entry.outlines[audience.language] = self._drawing.outline(entry.event, audience.language)
        drawn = self._drawing.fill(outline, entry.event, entry.before, audience)
        entry.filled = audience, drawn
        self._size += _size(entry) - before
        return drawn


def _size(entry: Entry) -> int:
    filled = len(entry.filled[1].line) if entry.filled else 0
    return filled + sum(outline.size for outline in entry.outlines.values())
