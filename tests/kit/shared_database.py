"""Several chats in one process that share a PostgreSQL database, as chats of several processes do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from chat.app import Chat
from chat.settings import Settings
from chat.storage.database import Database
from tests.kit.chats import running, until


class SharedDatabase(Database):
    """The database of a second chat in one process: Piccolo's tables know only one."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)

    async def open(self) -> None:
        pass

    async def migrate(self) -> None:
        pass

    async def close(self) -> None:
        pass


@asynccontextmanager
async def together(settings: Settings, count: int, **parts: Any) -> AsyncIterator[list[Chat]]:
    """So many chats, each as in a process of its own, but for the database's connections."""
    async with AsyncExitStack() as stack:
        chats = [await stack.enter_async_context(running(settings, **parts))]
        for _ in range(count - 1):
            shared = SharedDatabase(chats[0].services.database)
            chats.append(await stack.enter_async_context(running(settings, database=shared, **parts)))
        await until(lambda: not any(chat.services.bus and chat.services.bus.problem for chat in chats))
        yield chats
