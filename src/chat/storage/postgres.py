"""PostgreSQL: Piccolo's engine with a pool that gives up in time, and statements that only PostgreSQL knows."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from chat.storage.errors import Translating
from chat.storage.tables import Room

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 5.0
"""A statement that takes longer fails: its connection may be cut without anyone having said so."""
SESSION = {
    "application_name": "chatroom",
    "default_transaction_isolation": "read committed",
    "idle_in_transaction_session_timeout": "10s",  # a process that froze or vanished must not keep its rooms locked
    "jit": "off",
}


async def connect(url: str, **session: str) -> Any:
    """A connection outside every pool; `session`: settings of its own. Raises the driver's error."""
    return await asyncpg.connect(url, timeout=CONNECT_SECONDS, server_settings=SESSION | session)


class PooledPostgresEngine(Translating, PostgresEngine):
    """Connects when its pool is opened, and gives up in time; Piccolo's own connects as soon as it is made."""

    def __init__(
        self, url: str, *, connect_seconds: float = CONNECT_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self._answer_seconds = answer_seconds
        super().__init__({"dsn": url, "timeout": connect_seconds, "server_settings": SESSION})

    async def check_version(self) -> None:
        pass

    async def prep_database(self) -> None:
        pass

    async def open_pool(self, size: int) -> None:
        """Raises the driver's error when the server cannot be reached."""
        await self.start_connection_pool(
            min_size=0, max_size=size, command_timeout=self._answer_seconds, reset=_leave_as_it_is
        )

    async def close_pool(self) -> None:
        """Close the connections, by force when they do not answer."""
        pool, self.pool = self.pool, None
        if pool:
            try:
                async with asyncio.timeout(self._answer_seconds):
                    await pool.close()
            except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pool.terminate()

    @contextmanager
    def without_pool(self) -> Iterator[None]:
        """What runs inside gets connections of its own, and all the time it needs."""
        pool, self.pool = self.pool, None
        try:
            yield
        finally:
            self.pool = pool

    async def let_go(self, connection: Any) -> None:
        """Give back the connection of a transaction that failed. It is not used again: nobody knows its state."""
        with suppress(asyncpg.InterfaceError):  # given back already
            connection.terminate()
        if self.pool and isinstance(connection, asyncpg.pool.PoolConnectionProxy):
            await self.pool.release(connection)

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        if not self.pool:
            raise asyncpg.InterfaceError("the database is not open")
        async with self.pool.acquire(timeout=self._answer_seconds) as connection:
            return await connection.fetch(query, *(args or ()))


async def _leave_as_it_is(connection: Any) -> None:
    """No statement of ours changes a session, so none is needed to put it right."""


async def make_rooms(names: Iterable[str], digests: Iterable[str], at: datetime) -> None:
    """Make those of these rooms that are not there; one that had vanished counts on (`tables.Vanished`).

    Before any room is locked, and in the order of their names: two processes that make the same rooms wait for each
    other, and who already held a room that the other needs would wait for ever.
    """
    await Room.raw(
        "INSERT INTO room (name, last_seq, first_seq, created_at, topic, locked, slow, last_minute) "
        "SELECT new.name, coalesce(vanished.last_seq, 0), coalesce(vanished.last_seq, 0) + 1, {}, '', false, 0, 0 "
        "FROM unnest({}::text[], {}::text[]) AS new (name, digest) LEFT JOIN vanished ON vanished.digest = new.digest "
        "WHERE NOT EXISTS (SELECT 1 FROM room WHERE room.name = new.name) ORDER BY new.name ON CONFLICT DO NOTHING",
        at,
        list(names),
        list(digests),
    ).run()


async def lock_rooms(names: Iterable[str]) -> None:
    """Keep other processes from numbering events of these rooms until the transaction ends."""
    query = "SELECT id FROM room WHERE name = ANY({}) ORDER BY name FOR NO KEY UPDATE"
    await Room.raw(query, sorted(set(names))).run()


async def last_seqs(names: Sequence[str]) -> dict[str, int]:
    """How far these rooms have come; those that do not exist are left out."""
    rows = await Room.raw("SELECT name, last_seq FROM room WHERE name = ANY({})", list(names)).run()
    return {row["name"]: row["last_seq"] for row in rows}


async def notify(channel: str, words: Sequence[str]) -> None:
    """Say words to every process that listens, at the moment the transaction is committed."""
    await Room.raw("SELECT pg_notify({}, word) FROM unnest({}::text[]) AS word", channel, list(words)).run()
