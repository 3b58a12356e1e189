"""Piccolo's SQLite engine with connections that stay open.

Piccolo opens a connection, and a thread with it, for every query; kept ones make a
select six times cheaper. Piccolo has no public way for this, hence the two private
methods overridden here; piccolo is pinned to 1.38 for their sake.
"""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import aiosqlite
from piccolo.engine.sqlite import SQLiteEngine, dict_factory

from chat.storage.errors import Translating, translated

READERS = 4
"""Queries outside a transaction at once: each takes a thread and open files, and the rest wait their turn."""
STATEMENTS = 64
LOG_BYTES = 1_000_000
"""Of the write-ahead log, from which on it is taken over (`checkpoint`)."""
CHECKPOINTS = 4
AUTOMATIC_PAGES = 20_000
"""In the log, at which a commit takes it over itself: where no server does it, as beside a command."""


def check_file(path: Path) -> None:
    """Raises DatabaseError when this is no SQLite file, nor can become one."""
    with translated(), closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA schema_version")


def clear_log(path: Path) -> bool:
    """Empty the write-ahead log into its file; False while others read it: nobody waits for them."""
    with translated(), closing(sqlite3.connect(path, timeout=0.02)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy


def checkpoint(path: Path) -> None:
    """Take what is committed over from the write-ahead log, beside who writes: a commit that must do so itself keeps
    posts waiting. What came meanwhile is taken over too, so that the log begins anew."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or log.stat().st_size < LOG_BYTES:
        return
    with translated(), closing(sqlite3.connect(path, timeout=0.02)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        for _ in range(CHECKPOINTS):
            busy, logged, taken = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if busy or logged == taken:
                return


class TunedConnection(sqlite3.Connection):
    """Write-ahead log; every commit on disk before it is acknowledged; what is erased is overwritten."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.execute("PRAGMA page_count").fetchone()[0]:  # an older file stays as it is, and may be read-only
            self.execute("PRAGMA auto_vacuum=INCREMENTAL")
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=FULL")
        self.execute(f"PRAGMA wal_autocheckpoint={AUTOMATIC_PAGES}")
        self.execute("PRAGMA foreign_keys=ON")
        self.execute("PRAGMA secure_delete=ON")


class KeptConnection(aiosqlite.Connection):
    """Closing it hands it back to its engine, unless something is unfinished in it."""

    engine: "KeptSQLiteEngine"

    async def close(self) -> None:
        if self in self.engine.idle:
            return
        if self.engine.closed or self._conn.in_transaction:
            await self.really_close()
        else:
            self.engine.idle.append(self)

    async def give_up(self) -> None:
        """Hand it back after a failure, with nothing begun in it: not even what it is still asked to begin.

        It stays open: where a disk is full, the next one might find no room for the files it needs.
        """
        try:
            await self.rollback()
        except BaseException:
            await self.really_close()
            raise
        await self.close()

    async def really_close(self) -> None:
        """End it and its thread, after what it is still asked to do. Nothing uncommitted stays."""
        await super().close()


async def _opened(connection: KeptConnection) -> None:
    await connection


class KeptSQLiteEngine(Translating, SQLiteEngine):
    """One file, connections kept open between queries."""

    def __init__(self, path: str, busy_seconds: float) -> None:
        self.idle: list[KeptConnection] = []
        self.closed = False
        self.readers = asyncio.Semaphore(READERS)
        super().__init__(path, factory=TunedConnection, timeout=busy_seconds)

    async def get_connection(self) -> KeptConnection:
        if self.idle:
            return self.idle.pop()
        options = dict(self.connection_kwargs)
        path = options.pop("database")
        connection = KeptConnection(lambda: sqlite3.connect(path, **options), STATEMENTS)
        connection.engine = self
        opening = asyncio.ensure_future(_opened(connection))
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:  # its thread would outlive the loop
            await opening
            await connection.really_close()
            raise
        connection.row_factory = dict_factory  # type: ignore[assignment]
        return connection

    async def _run_in_new_connection(
        self, query: str, args: list[Any] | None = None, query_type: str = "generic", table: Any = None
    ) -> Any:
        async with self.readers:
            connection = await self.get_connection()
            try:
                return await connection.execute_fetchall(query, args or [])
            finally:
                await connection.close()

    async def _run_in_existing_connection(
        self,
        connection: Any,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",
        table: Any = None,
    ) -> Any:
        return await connection.execute_fetchall(query, args or [])

    async def close_connections(self) -> None:
        """Really close every connection: the idle ones now, the others when they are handed back."""
        self.closed = True
        while self.idle:
            await self.idle.pop().really_close()
