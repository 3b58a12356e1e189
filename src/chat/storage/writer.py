"""Group commit: the one job of a process that stores events. What waits shares a transaction."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from chat.domain.acts import Act
from chat.domain.events import Event
from chat.domain.refusals import Refused
from chat.domain.visitors import NOWHERE, Origin
from chat.storage.append import Announce, Draft, Result, append
from chat.storage.database import Database
from chat.storage.errors import Contended, Unavailable

BATCH = 200
"""Drafts in one transaction, at most."""
QUEUE = 2000
"""Drafts that may wait; over it a post is refused at once, with its text."""
TRIES = 5
"""For a draft that other processes get in the way of."""
FAILING_SECONDS = 5.0
"""A failed transaction speaks against the database for this long; then nobody has tried again."""

logger = structlog.get_logger()

Committed = Callable[[Sequence[Event]], None]
Append = Callable[[Database, Sequence[Draft], Announce | None], Awaitable[list[Result]]]
Step = Callable[[], Awaitable[None]]
Queued = tuple[Draft, "asyncio.Future[Result]"]


class Writer:
    """Takes drafts, answers events that are on disk.

    `committed` gets the events of each transaction after it; `announce` tells other processes within it.
    """

    def __init__(
        self,
        database: Database,
        committed: Committed,
        announce: Announce | None = None,
        *,
        queue: int = QUEUE,
        batch: int = BATCH,
        append: Append = append,
    ) -> None:
        self._database = database
        self._committed = committed
        self._announce = announce
        self._append = append
        self.queue_limit = queue
        self._batch_limit = batch
        self._failed: float | None = None
        self._queue: deque[Queued] = deque()
        self._in_flight: dict[str, asyncio.Future[Result]] = {}
        self._unsettled: set[asyncio.Future[Result]] = set()
        self._between: set[asyncio.Future[None]] = set()
        self._singly = 0
        self._contended = 0
        self._steps: deque[tuple[Step, asyncio.Future[None]]] = deque()
        self._wanted = asyncio.Event()
        self._stopped = False

    @property
    def busy(self) -> bool:
        """Whether drafts wait for their commit just now."""
        return bool(self._unsettled)

    @property
    def failing(self) -> bool:
        """Whether the last transaction, lately, found the database unavailable."""
        return self._failed is not None and time.monotonic() - self._failed < FAILING_SECONDS

    async def drain(self) -> None:
        """Take no more, and store what waits. Of other writing only what has begun is ended."""
        self._stopped = True
        while self._steps:
            _, waiting = self._steps.popleft()
            if not waiting.done():
                waiting.set_exception(Unavailable("the server stops"))
        while waiting_for := self._unsettled | self._between:
            await asyncio.wait(waiting_for)

    async def store(
        self,
        event: Event,
        once: str | None = None,
        *,
        origin: Origin = NOWHERE,
        act: Act | None = None,
        is_moderator: bool = False,
        held: int | None = None,
    ) -> Result:
        """Store one event and answer it once it is committed, or the first result of the same `once`. See `Draft`.

        Raises Refused: what the room refuses (locked, slow), and "not_stored" when the queue is full, the database is
        unavailable or the server stops.
        """
        waiting = self.in_flight(once)
        if waiting is None:
            if self._stopped or len(self._queue) >= self.queue_limit:
                raise Refused("not_stored")
            waiting = self._enqueue(Draft(event, once, origin, act, is_moderator, held))
        result = await asyncio.shield(waiting)
        if result.refused:
            raise result.refused
        return result

    def in_flight(self, once: str | None) -> "asyncio.Future[Result] | None":
        """The coming result of this digest, when it waits for its commit just now."""
        return self._in_flight.get(once) if once else None

    async def between(self, step: Step) -> None:
        """Let a small piece of other writing be done between two batches: posts that wait go first, and what comes
        meanwhile waits for this one piece. Raises what the step raises."""
        if self._stopped:
            raise Unavailable("the server stops")
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._between.add(future)
        future.add_done_callback(self._between.discard)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._steps.append((step, future))
        self._wanted.set()
        await future

    async def _do_step(self) -> None:
        step, future = self._steps.popleft()
        try:
            await step()
        except BaseException as error:
            if not future.done():
                future.set_exception(error if isinstance(error, Exception) else Unavailable("the server stops"))
            if not isinstance(error, Exception):
                raise
        else:
            if not future.done():
                future.set_result(None)

    def _enqueue(self, draft: Draft) -> "asyncio.Future[Result]":
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._unsettled.add(future)
        future.add_done_callback(self._unsettled.discard)
        future.add_done_callback(lambda done: done.exception())  # its poster may be gone
        self._queue.append((draft, future))
        if draft.once:
            self._in_flight[draft.once] = future
        self._wanted.set()
        return future

    async def run(self) -> None:
        """Store what comes, for ever. When it dies, whoever waits for this batch is refused."""
        while True:
            while self._queue or self._steps:
                if self._queue:
                    batch = [self._queue.popleft() for _ in range(self._next_size())]
                    try:
                        await self._commit(batch)
                    except BaseException:
                        self._refuse(batch)
                        raise
                if self._steps:
                    await self._do_step()
            self._wanted.clear()
            await self._wanted.wait()

    def _next_size(self) -> int:
        if self._singly:
            self._singly -= 1
            return 1
        return min(self._batch_limit, len(self._queue))

    async def _commit(self, batch: "list[Queued]") -> None:
        """One bad row fails alone; when the database is unavailable, all who wait hear so now."""
        try:
            results = await self._append(self._database, [draft for draft, _ in batch], self._announce)
        except Unavailable as error:
            self._failed = time.monotonic()
            refused = [*batch, *self._queue]
            self._queue.clear()
            self._singly = 0
            logger.error("database unavailable", error=str(error), refused=len(refused))
            self._refuse(refused)
        except Exception as error:
            if len(batch) == 1 and not self._may_try_again(error):
                logger.exception("event not stored", kind=batch[0][0].event.kind)
                return self._refuse(batch)
            self._queue.extendleft(reversed(batch))
            self._singly += len(batch)
        else:
            self._failed, self._contended = None, 0
            self._tell([result.event for result in results if result.fresh and result.event])
            for (draft, future), result in zip(batch, results, strict=True):
                self._in_flight.pop(draft.once or "", None)
                future.set_result(result)

    def _may_try_again(self, error: Exception) -> bool:
        """Whether another process was only faster: the next try finds what it stored."""
        self._contended = (self._contended + 1) % TRIES if isinstance(error, Contended) else 0
        return self._contended > 0

    def _tell(self, events: list[Event]) -> None:
        try:
            self._committed(events)
        except Exception:  # they are stored: their posters must hear so
            logger.exception("events not delivered", events=len(events))

    def _refuse(self, batch: "list[Queued]") -> None:
        for draft, future in batch:
            self._in_flight.pop(draft.once or "", None)
            if not future.done():
                future.set_exception(Refused("not_stored"))
