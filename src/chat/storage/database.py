"""The engine: made, opened, migrated, closed; and the one way to write."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

from piccolo.engine.sqlite import TransactionType

from chat.sizes import Sizes
from chat.storage import sqlite
from chat.storage.errors import DatabaseError, MigrationFailed, translated
from chat.storage.postgres import PooledPostgresEngine
from chat.storage.sqlite import KeptSQLiteEngine
from chat.storage.tables import TABLES, Room

Engine = KeptSQLiteEngine | PooledPostgresEngine

MIGRATION_LOCK = 7_243_001


def make_engine(url: str, busy_seconds: float = Sizes.busy_seconds) -> Engine:
    """The Piccolo engine of a `sqlite:///PATH` or `postgres://…` address."""
    if url.startswith("sqlite:///"):
        return KeptSQLiteEngine(url.removeprefix("sqlite:///"), busy_seconds)
    return PooledPostgresEngine(url)


async def run_ddl(statement: str) -> None:
    """A statement of a migration that Piccolo has no words for."""
    await Room._meta.db.run_ddl(statement)


async def bring_up_to_date(url: str) -> None:
    """Make or change the tables of this database as this version needs them.

    Raises DatabaseError, and ValueError for an address that cannot be read.
    """
    database = Database(url)
    try:
        await database.open()
        await database.migrate()
    finally:
        await database.close()


class Database:
    """The process's one database. The tables are bound to it when it is opened."""

    def __init__(
        self,
        url: str,
        connections: int = 8,
        busy_seconds: float = Sizes.busy_seconds,
        engine: Engine | None = None,
    ) -> None:
        self.path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
        self.engine = engine or make_engine(url, busy_seconds)
        self.shared = isinstance(self.engine, PooledPostgresEngine)
        """Other processes may store events too."""
        self._connections = connections

    async def open(self) -> None:
        """Make the tables use this database. Raises Unavailable when it cannot be reached."""
        for table in TABLES:
            table._meta.db = self.engine
        if isinstance(self.engine, PooledPostgresEngine):
            with translated():
                await self.engine.open_pool(self._connections)
        await Room.raw("SELECT 1").run()

    async def close(self) -> None:
        if isinstance(self.engine, PooledPostgresEngine):
            await self.engine.close_pool()
        else:
            await self.engine.close_connections()

    async def checkpoint(self) -> None:
        """Take over SQLite's write-ahead log, beside who writes. A database that is away is told elsewhere."""
        if self.path:
            with suppress(DatabaseError):
                await asyncio.to_thread(sqlite.checkpoint, self.path)

    async def migrate(self) -> None:
        """Bring the tables up to date, all or nothing; safe when several processes start at once."""
        os.environ["PICCOLO_CONF"] = "chat.storage.piccolo_conf"
        from piccolo.apps.migrations.commands.forwards import run_forwards
        from piccolo.apps.migrations.tables import Migration

        from chat.storage import piccolo_conf

        piccolo_conf.DB = self.engine
        Migration._meta.db = self.engine
        pooled = self.engine if isinstance(self.engine, PooledPostgresEngine) else None
        with pooled.without_pool() if pooled else nullcontext():
            async with self.writing():
                if pooled:
                    await pooled.run_ddl(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
                with redirect_stdout(StringIO()):
                    result = await run_forwards("chat")
                if not result.success:
                    raise MigrationFailed(result.message)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """One transaction that takes the write lock first; nothing of it stays when it fails.

        Piccolo's own transaction leaks its connection when BEGIN or COMMIT fails, and
        the next one in the same task would be nested in the dead one and be lost. Raises DatabaseError.
        """
        options: dict[str, Any] = {} if self.shared else {"transaction_type": TransactionType.immediate}
        transaction = self.engine.transaction(allow_nested=False, **options)
        with translated():
            try:
                async with transaction:
                    yield
            except BaseException:
                self.engine.current_transaction.set(None)
                await self._let_go(getattr(transaction, "connection", None))
                raise

    async def _let_go(self, connection: Any) -> None:
        if connection is None:
            return
        if isinstance(self.engine, KeptSQLiteEngine):
            if connection not in self.engine.idle:
                await connection.give_up()
        else:
            await self.engine.let_go(connection)
