"""Wake-ups between processes: each tells the others how far a room has come.

A wake-up is a hint. It may be lost with the connection that carries it, so every process also checks the rooms in use
on a slow timer, and whenever it is connected again.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from functools import partial

import structlog
from litestar.channels.backends.base import ChannelsBackend

from chat.jobs import Jobs
from chat.sizes import Sizes

LEAVE_SECONDS = 1.0
"""For closing a broken channel."""

logger = structlog.get_logger()

OnSeq = Callable[[str, int], None]
"""(room, last number)"""
MakeBackend = Callable[[], ChannelsBackend]


class Outage:
    """Something that is away: logged once when it goes, once when it is back."""

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


class Bus:
    """One process's end of the channel that processes share.

    `backend` makes a channel that may break; None: there is none, and only the timer tells. `on_seq` gets what other
    processes publish; `check` asks the database.
    """

    def __init__(
        self,
        name: str,
        backend: MakeBackend | None,
        on_seq: OnSeq,
        check: Callable[[], Awaitable[None]],
        jobs: Jobs,
        sizes: Sizes,
    ) -> None:
        self.name = name
        self.channel = Outage("wake-ups")
        self.database = Outage("sight of the database")
        self._me = secrets.token_hex(4)
        self._make = backend
        self._on_seq = on_seq
        self._check = check
        self._jobs = jobs
        self._sizes = sizes
        self._check_now = asyncio.Event()
        self._open: ChannelsBackend | None = None
        self._unsent: dict[str, int] = {}
        self._publishing: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._jobs.keep("look", self._look_for_ever)
        if self._make:
            self._jobs.keep("listen", partial(self._listen_for_ever, self._make))

    @property
    def problem(self) -> str | None:
        """Why this process hears nothing; None when it hears, or when nobody is there to be heard."""
        waiting = self._make is not None and self._open is None
        return self.channel.problem or ("not listening yet" if waiting else None)

    def encode(self, newest: Mapping[str, int]) -> list[str]:
        """The wake-ups of rooms that have come so far."""
        return [f"{room}:{seq}:{self._me}" for room, seq in newest.items()]

    def publish(self, newest: Mapping[str, int]) -> None:
        """Tell the other processes, soon. What cannot be sent is not kept: they check by themselves."""
        if self._open is None:
            return
        self._unsent.update(newest)
        if self._publishing is None or self._publishing.done():
            self._publishing = self._jobs.spawn("publish", self._publish(self._open))

    async def _publish(self, backend: ChannelsBackend) -> None:
        try:
            while self._unsent:
                newest, self._unsent = self._unsent, {}
                await backend.publish("\n".join(self.encode(newest)).encode(), [self.name])
        except Exception as error:
            self.channel.goes_on(error)
            self._unsent = {}
        else:
            if self._open is backend:
                self.channel.is_over()

    def receive(self, data: bytes) -> None:
        """Take the wake-ups of another process. What is not understood is passed over."""
        for word in data.decode(errors="replace").split("\n"):
            room, _, rest = word.partition(":")
            seq, _, sender = rest.partition(":")
            if seq.isascii() and seq.isdigit() and sender != self._me:
                self._on_seq(room, int(seq))

    async def _listen_for_ever(self, make: MakeBackend) -> None:
        wait = self._sizes.reconnect_seconds
        while True:
            try:
                async with _opened(make()) as backend:
                    await backend.subscribe([self.name])
                    self._open, wait = backend, self._sizes.reconnect_seconds
                    self.channel.is_over()
                    self._check_now.set()  # what was published meanwhile is lost
                    async with aclosing(backend.stream_events()) as events:
                        async for _, data in events:
                            self.receive(data)
            except Exception as error:
                self.channel.goes_on(error)
            finally:
                self._open = None
            await asyncio.sleep(wait)
            wait = min(2 * wait, self._sizes.longest_reconnect_seconds)

    async def _look_for_ever(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._sizes.look_seconds):
                    await self._check_now.wait()
            self._check_now.clear()
            try:
                await self._check()
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
