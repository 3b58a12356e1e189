"""Piccolo's SQLite engine with connections that stay open.

Piccolo opens a connection, and a thread with it, for every query; kept ones make a
select six times cheaper. Piccolo has no public way for this, hence the two private
methods overridden here; piccolo is pinned to 1.38 for their sake.
"""

import sqlite3
from typing import Any

import aiosqlite
from piccolo.engine.sqlite import SQLiteEngine, dict_factory

BUSY_SECONDS = 2.0
STATEMENTS = 64


class TunedConnection(sqlite3.Connection):
    """Write-ahead log; every commit on disk before it is acknowledged."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=FULL")
        self.execute("PRAGMA foreign_keys=ON")


class KeptConnection(aiosqlite.Connection):
    """Closing it rolls back what was not committed and hands it back to its engine."""

    engine: "KeptSQLiteEngine"

    async def close(self) -> None:
        if self in self.engine.idle:
            return
        try:
            if self._conn.in_transaction:
                await self.rollback()
        except Exception:
            await super().close()
            raise
        self.engine.idle.append(self)

    async def really_close(self) -> None:
        await super().close()


class KeptSQLiteEngine(SQLiteEngine):
    """One file, connections kept open between queries."""

    def __init__(self, path: str) -> None:
        self.idle: list[KeptConnection] = []
        super().__init__(path, factory=TunedConnection, timeout=BUSY_SECONDS)

    async def get_connection(self) -> KeptConnection:
        if self.idle:
            return self.idle.pop()
        options = dict(self.connection_kwargs)
        path = options.pop("database")
        connection = KeptConnection(lambda: sqlite3.connect(path, **options), STATEMENTS)
        connection.engine = self
        await connection
        connection.row_factory = dict_factory  # type: ignore[assignment]
        return connection

    async def _run_in_new_connection(
        self, query: str, args: list[Any] | None = None, query_type: str = "generic", table: Any = None
    ) -> Any:
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
        """Really close every idle connection, and end its thread."""
        while self.idle:
            await self.idle.pop().really_close()
