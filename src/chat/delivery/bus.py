"""Wake-ups between processes: telling the others how far a room has come, and being told.

A wake-up is a hint. It may be lost with the connection that carries it, so every
process also looks at the rooms in use on a slow timer, and whenever it hears again.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress

import structlog
from litestar.channels.backends.base import ChannelsBackend

LOOK_SECONDS = 1.5
"""Between two looks at the rooms in use: what a lost wake-up costs at most."""
RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
LEAVE_SECONDS = 1.0
"""For taking leave of a broken channel."""

logger = structlog.get_logger()

Heard = Callable[[str, int], None]
"""(room, last number)"""


class Outage:
    """Something that is away: said once when it goes, once when it is back."""

    def __init__(self, what: str) -> None:
        self.problem: str | None = None
        self._what = what

    def goes_on(self, error: BaseException) -> None:
        if self.problem is None:
            logger.warning(f"{self._what} lost", error=repr(error))
        self.problem = str(error) or type(error).__name__

    def is_over(self) -> None:
        if self.problem is not None:
            logger.warning(f"{self._what} back")
        self.problem = None


class Wakes:
    """One process's end of the channel.

    `backend` makes a channel that may break; None: there is none, and only the timer
    tells. `heard` gets what others tell; `look` asks the database.
    """

    def __init__(
        self,
        name: str,
        backend: Callable[[], ChannelsBackend] | None,
        heard: Heard,
        look: Callable[[], Awaitable[None]],
    ) -> None:
        self.name = name
        self.channel = Outage("wake-ups")
        self.database = Outage("sight of the database")
        self._me = secrets.token_hex(4)
        self._make = backend
        self._heard = heard
        self._look = look
        self._look_now = asyncio.Event()
        self._open: ChannelsBackend | None = None
        self._untold: dict[str, int] = {}
        self._telling: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._look_for_ever(), name="look")]
        if self._make:
            self._tasks.append(asyncio.create_task(self._listen_for_ever(self._make), name="listen"))

    async def stop(self) -> None:
        for task in [*self._tasks, *filter(None, [self._telling])]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @property
    def problem(self) -> str | None:
        """Why this process is not told; None when it is, or when nobody is there to tell it."""
        waiting = self._make is not None and self._open is None
        return self.channel.problem or ("not listening yet" if waiting else None)

    def words(self, newest: Mapping[str, int]) -> list[str]:
        """What to tell of rooms that have come so far."""
        return [f"{room}:{seq}:{self._me}" for room, seq in newest.items()]

    def tell(self, newest: Mapping[str, int]) -> None:
        """Tell the others, soon. What cannot be told is not kept: they look by themselves."""
        if self._open is None:
            return
        self._untold.update(newest)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(self._open))

    async def _tell(self, backend: ChannelsBackend) -> None:
        try:
            while self._untold:
                newest, self._untold = self._untold, {}
                await backend.publish("\n".join(self.words(newest)).encode(), [self.name])
        except Exception as error:
            self.channel.goes_on(error)
            self._untold = {}
        else:
            if self._open is backend:
                self.channel.is_over()

    def told(self, words: bytes) -> None:
        """Take what another process told. What is not understood is passed over."""
        for word in words.decode(errors="replace").split("\n"):
            room, _, rest = word.partition(":")
            seq, _, teller = rest.partition(":")
            if seq.isascii() and seq.isdigit() and teller != self._me:
                self._heard(room, int(seq))

    async def _listen_for_ever(self, make: Callable[[], ChannelsBackend]) -> None:
        wait = RETRY_SECONDS
        while True:
            try:
                async with _opened(make()) as backend:
                    await backend.subscribe([self.name])
                    self._open, wait = backend, RETRY_SECONDS
                    self.channel.is_over()
                    self._look_now.set()  # what was told meanwhile is lost
                    async with aclosing(backend.stream_events()) as events:
                        async for _, words in events:
                            self.told(words)
            except Exception as error:
                self.channel.goes_on(error)
            finally:
                self._open = None
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_RETRY_SECONDS)

    async def _look_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._look_now.wait()
            self._look_now.clear()
            try:
                await self._look()
            except Exception as error:
                self.database.goes_on(error)
            else:
                self.database.is_over()


@asynccontextmanager
async def _opened(backend: ChannelsBackend) -> AsyncIterator[ChannelsBackend]:
    try:
        await backend.on_startup()
        yield backend
    finally:
        with suppress(Exception):
            async with asyncio.timeout(LEAVE_SECONDS):
                await backend.on_shutdown()
