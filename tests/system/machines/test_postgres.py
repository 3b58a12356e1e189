"""PostgreSQL under faults: nothing half done stays, no connection is lost, nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from chat.domain.events import Message, Notice
from chat.storage import postgres
from chat.storage.append import Draft, append
from chat.storage.database import Database
from chat.storage.errors import DatabaseError, Unavailable
from chat.storage.postgres import PooledPostgresEngine
from chat.storage.tables import Event, Room
from tests.kit.chats import until
from tests.kit.ports import free_port
from tests.kit.postgres import run
from tests.kit.proxies import CuttableProxy

RENAME = "UPDATE room SET name = {} WHERE id = 1"
SIZE = 2
"""Connections in the pool."""


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[CuttableProxy]:
    async with CuttableProxy(database_url) as proxy:
        yield proxy


@asynccontextmanager
async def with_a_lobby(database: Database) -> AsyncIterator[Database]:
    """The database, opened, with one room in it."""
    await database.open()
    await Room.raw("INSERT INTO room (name, last_seq, created_at) VALUES ('lobby', 0, now())").run()
    yield database
    await database.close()


@pytest.fixture
async def database(proxy: CuttableProxy) -> AsyncIterator[Database]:
    """One behind the proxy."""
    async with with_a_lobby(Database(proxy.url, SIZE)) as database:
        yield database


async def name(database_url: str) -> str:
    return str((await run(database_url, "SELECT name FROM room"))[0][0])


async def works(database: Database) -> None:
    """Every connection of the pool can be had, written with, and given back."""
    for _ in range(2 * SIZE):
        [result] = await append(database, [Draft(Notice(room="lobby", seat="house", text="hi"))])
        assert result.fresh
    await asyncio.gather(*(Room.raw("SELECT 1").run() for _ in range(2 * SIZE)))


def test_an_engine_is_made_although_no_server_is_there():
    Database(f"postgres://chatroom@127.0.0.1:{free_port()}/chatroom")


async def test_a_server_that_is_not_there_is_said_to_be_unavailable():
    database = Database(f"postgres://chatroom@127.0.0.1:{free_port()}/chatroom")
    with pytest.raises(Unavailable):
        await database.open()
    await database.close()


async def test_what_is_written_is_there_for_others_when_it_is_committed(database: Database, database_url: str):
    async with database.writing():
        await Room.raw(RENAME, "garden").run()
        assert await name(database_url) == "lobby"
    assert await name(database_url) == "garden"


async def test_nothing_stays_of_what_fails_in_the_middle(database: Database, database_url: str):
    for _ in range(2 * SIZE):
        with pytest.raises(ZeroDivisionError):
            async with database.writing():
                await Room.raw(RENAME, "garden").run()
                raise ZeroDivisionError
    assert await name(database_url) == "lobby"
    await works(database)


async def test_a_commit_that_fails_leaves_nothing_behind(database: Database, database_url: str):
    await run(database_url, "CREATE TABLE debt (room bigint REFERENCES room DEFERRABLE INITIALLY DEFERRED)")
    try:
        for _ in range(2 * SIZE):
            with pytest.raises(DatabaseError, match="foreign key"):
                async with database.writing():
                    await Room.raw(RENAME, "garden").run()
                    await Room.raw("INSERT INTO debt VALUES (999)").run()
        assert await name(database_url) == "lobby"
        await works(database)
    finally:
        await run(database_url, "DROP TABLE debt")


async def test_a_transaction_that_is_cancelled_leaves_nothing_behind(database: Database, database_url: str):
    for _ in range(2 * SIZE):
        began = asyncio.Event()

        async def writes(began: asyncio.Event = began) -> None:
            async with database.writing():
                await Room.raw(RENAME, "garden").run()
                began.set()
                await Room.raw("SELECT pg_sleep(60)").run()

        task = asyncio.create_task(writes())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await name(database_url) == "lobby"
    await works(database)


async def test_a_connection_that_ends_in_the_middle_is_replaced(database: Database, database_url: str):
    for _ in range(2 * SIZE):
        with pytest.raises(Unavailable):
            async with database.writing():
                [row] = await Room.raw("SELECT pg_backend_pid() AS pid").run()
                await Room.raw(RENAME, "garden").run()
                await run(database_url, f"SELECT pg_terminate_backend({row['pid']})")
                await Room.raw(RENAME, "garden").run()
    assert await name(database_url) == "lobby"
    await works(database)


async def test_when_every_connection_is_cut_others_are_made(database: Database, proxy: CuttableProxy):
    await works(database)
    proxy.cut_all()
    await until(lambda: proxy.connections == 0)
    await works(database)


def hasty(url: str) -> Database:
    """A database whose statements have failed when they are not answered soon."""
    return Database(url, SIZE, engine=PooledPostgresEngine(url, connect_seconds=0.5, answer_seconds=0.3))


@pytest.fixture
async def hasty_database(proxy: CuttableProxy) -> AsyncIterator[Database]:
    async with with_a_lobby(hasty(proxy.url)) as database:
        yield database


async def test_nobody_waits_for_ever_for_a_server_that_has_gone_silent(
    hasty_database: Database, database_url: str, proxy: CuttableProxy
):
    database = hasty_database
    await works(database)
    proxy.fall_silent()
    for _ in range(SIZE + 1):
        with pytest.raises(Unavailable):
            await append(database, [Draft(Notice(room="lobby", seat="house", text="lost"))])
        with pytest.raises(Unavailable):
            await Room.raw("SELECT 1").run()
    proxy.speak_again()
    proxy.cut_all()
    await until(lambda: proxy.connections == 0)
    await works(database)


async def test_the_database_is_closed_although_it_has_gone_silent(proxy: CuttableProxy):
    database = hasty(proxy.url)
    await database.open()
    proxy.fall_silent()
    await database.close()


async def test_readers_for_whom_no_connection_is_left_are_told_so(hasty_database: Database):
    database = hasty_database
    released = asyncio.Event()

    async def occupies() -> None:
        async with database.writing():
            await released.wait()

    occupied = [asyncio.create_task(occupies()) for _ in range(SIZE)]
    with pytest.raises(Unavailable):
        while True:
            await Room.raw("SELECT 1").run()
    released.set()
    await asyncio.gather(*occupied)
    await works(database)


async def test_a_process_that_froze_in_the_middle_keeps_no_room_to_itself(database: Database, database_url: str):
    assert postgres.SESSION["idle_in_transaction_session_timeout"] == "10s"
    frozen = await postgres.connect(database_url, idle_in_transaction_session_timeout="200ms")
    await frozen.execute("BEGIN")
    await frozen.execute("SELECT FROM room WHERE name = 'lobby' FOR UPDATE")
    [result] = await append(database, [Draft(Notice(room="lobby", seat="house", text="hi"))])
    assert result.event
    frozen.terminate()


async def test_a_draft_that_would_wait_too_long_is_refused_and_not_stored_later(
    hasty_database: Database, database_url: str
):
    database = hasty_database
    async with holding_the_lobby(database_url):
        with pytest.raises(Unavailable):
            await append(database, [Draft(Message(room="lobby", seat="ann", text="hi"), "the-key")])
    await works(database)
    assert not await Event.exists().where(Event.once == "the-key")


class holding_the_lobby:
    """Another process in the middle of a transaction."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def __aenter__(self) -> None:
        self._connection: Any = await asyncpg.connect(self._url)
        await self._connection.execute("BEGIN")
        await self._connection.execute("SELECT FROM room WHERE name = 'lobby' FOR UPDATE")

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()
