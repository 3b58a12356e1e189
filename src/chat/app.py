"""Puts the house together: parts, routes, start, stop; nothing else."""

import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from servestatic import ServeStaticASGI

from chat.actions.events import RoomLog
from chat.delivery.connect import join
from chat.delivery.hub import Delivery
from chat.delivery.waiters import Waiting
from chat.domain.limits import Limits
from chat.domain.seats import Seats
from chat.settings import Settings
from chat.storage.database import Database
from chat.storage.writer import Writer
from chat.web import health as operation
from chat.web.drawing.fragments import Fragments
from chat.web.http import errors, security
from chat.web.http.head import Head
from chat.web.http.services import House
from chat.web.http.windows import Windows
from chat.web.polls.asgi import Polls
from chat.web.room import handlers as room

STATIC = Path(__file__).resolve().parent / "static"
LARGEST_BODY = 16 * 1024
"""Bytes of a posted form, where messages are short."""
LARGEST_CHARACTER = 12
"""Bytes of an emoji as forms are sent."""


class Chat:
    """One chat as an ASGI application; several may live in one process."""

    def __init__(self, settings: Settings, key: bytes) -> None:
        self.settings = settings
        self.database = Database(settings.database(), settings.database_connections)
        self.waiting = Waiting(
            settings.hold_seconds,
            settings.held_polls,
            per_browser=max(1, settings.held_per_browser // settings.workers),
        )
        self.writer = Writer(self.database, lambda events: self.delivery.committed(events))
        log = RoomLog(
            self.writer,
            Limits(settings),
            length=settings.message_length,
            reserved=settings.reserved_names,
        )
        fragments = Fragments(settings.timezone)
        self.delivery = Delivery(log, fragments.draw, self.database.shared)
        self.wakes = join(self.writer, self.delivery, settings.channels(), key) if self.database.shared else None
        seats = Seats(key)
        self.house = House(settings, self.database, log, seats, self.delivery, self.waiting, self.wakes, fragments)
        windows = Windows(seats)
        self.litestar = Litestar(
            route_handlers=[room.router, operation.health],
            lifespan=[self.lifespan],
            state=State({"house": self.house, "windows": windows, "health": operation.Health()}),
            exception_handlers=errors.HANDLERS,
            before_send=[security.secure],
            compression_config=CompressionConfig(
                backend="brotli", brotli_quality=7, brotli_lgwin=16, exclude_opt_key="no_compress"
            ),
            request_max_body_size=max(LARGEST_BODY, 2 * LARGEST_CHARACTER * settings.message_length),
            openapi_config=None,
            logging_config=None,
        )
        static = ServeStaticASGI(
            self.litestar,
            root=STATIC,
            prefix="static/",
            allow_all_origins=False,
            add_headers_function=security.secure_static,
            immutable_file_test=lambda path, url: True,
        )
        self.asgi = Polls(Head(static), self.house, windows)

    @asynccontextmanager
    async def lifespan(self, _: Litestar) -> AsyncIterator[None]:
        """A start that fails lets go of the database too: its threads would outlive the process."""
        async with AsyncExitStack() as ending:
            ending.push_async_callback(self.database.close)
            await self.database.open()
            await self.database.migrate()
            self.writer.start()
            self.delivery.start()
            ending.push_async_callback(self.delivery.stop)
            if self.wakes:
                self.wakes.start()
                ending.push_async_callback(self.wakes.stop)
            ending.push_async_callback(self.writer.stop)
            settle_memory()
            yield


def settle_memory() -> None:
    """What is loaded by now lives as long as the process: the collector need not look at it with every poll."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
