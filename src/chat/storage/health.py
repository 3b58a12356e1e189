"""Whether the database can be written."""

import asyncio

from chat.storage import log
from chat.storage.database import Database
from chat.storage.errors import DatabaseError
from chat.storage.writer import Writer


class DatabaseHealth:
    """Whether the database can be written; the result is cached for `seconds`."""

    def __init__(self, database: Database, writer: Writer, seconds: float) -> None:
        self._database = database
        self._writer = writer
        self._seconds = seconds
        self._problem: str | None = None
        self._until = 0.0
        self._checking = asyncio.Lock()

    async def problem(self) -> str | None:
        """What is wrong with the database; None when it can be written."""
        clock = asyncio.get_running_loop().time
        async with self._checking:
            if clock() >= self._until:
                self._problem = await self._check()
                self._until = clock() + self._seconds
        return self._problem

    async def _check(self) -> str | None:
        if self._writer.busy and not self._writer.failing:
            return None  # posts are being stored: a second writer would only be in their way
        try:
            await log.check(self._database)
        except DatabaseError as error:
            return str(error)
        return "a post was not stored" if self._writer.failing else None
