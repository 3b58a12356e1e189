"""The database under faults: nothing half done stays, no connection and no thread is lost."""

import asyncio
import sqlite3
import threading
from contextlib import closing

import pytest

from chat.storage import sqlite
from chat.storage.database import Database
from chat.storage.errors import DatabaseError, Unavailable
from chat.storage.sqlite import KeptSQLiteEngine
from chat.storage.tables import Room
from tests.kit.chats import until

RENAME = "UPDATE room SET name = {} WHERE id = 1"


@pytest.fixture
async def database(database_url):
    """A database with one room in it, which gives up on a lock at once."""
    threads = threading.active_count()
    database = Database(database_url)
    assert isinstance(database.engine, KeptSQLiteEngine)
    database.engine.connection_kwargs["timeout"] = 0.01
    await database.open()
    await Room.raw("INSERT INTO room (name, last_seq, created_at) VALUES ('lobby', 0, '2026-11-22')").run()
    yield database
    await database.close()
    assert threading.active_count() == threads


@pytest.fixture
def other(database):
    """Another program with the same file open."""
    with closing(sqlite3.connect(database.path, timeout=5, isolation_level=None)) as other:
        yield other


@pytest.fixture
def debts(other):
    """A table whose rule is looked at when a transaction commits, and not before."""
    other.execute("CREATE TABLE debt (room INTEGER REFERENCES room (id) DEFERRABLE INITIALLY DEFERRED)")


async def owes() -> None:
    await Room.raw("INSERT INTO debt (room) VALUES (999)").run()


def name(other: sqlite3.Connection) -> str:
    return str(other.execute("SELECT name FROM room").fetchone()[0])


def can_write(other: sqlite3.Connection) -> bool:
    other.execute("BEGIN IMMEDIATE")
    other.execute("ROLLBACK")
    return True


async def test_what_is_written_is_there_for_others(database, other):
    async with database.writing():
        await Room.raw(RENAME, "garden").run()
        assert name(other) == "lobby"
    assert name(other) == "garden"


async def test_nothing_stays_of_what_fails_in_the_middle(database, other):
    with pytest.raises(ZeroDivisionError):
        async with database.writing():
            await Room.raw(RENAME, "garden").run()
            raise ZeroDivisionError
    assert name(other) == "lobby"
    assert can_write(other)


async def test_a_commit_that_fails_leaves_nothing_behind(database, other, debts):
    for _ in range(5):
        with pytest.raises(DatabaseError):
            async with database.writing():
                await Room.raw(RENAME, "garden").run()
                await owes()
        assert name(other) == "lobby"
        assert can_write(other)


async def test_what_follows_a_failed_commit_in_the_same_task_is_stored(database, other, debts):
    with pytest.raises(DatabaseError):
        async with database.writing():
            await owes()
    async with database.writing():
        await Room.raw(RENAME, "garden").run()
    assert name(other) == "garden"


async def test_a_lock_held_elsewhere_refuses_and_loses_no_thread(database, other):
    await Room.raw("SELECT 1").run()
    threads = threading.active_count()
    other.execute("BEGIN IMMEDIATE")
    for _ in range(5):
        with pytest.raises(Unavailable, match="locked"):
            async with database.writing():
                raise AssertionError("it has no lock")
    other.execute("ROLLBACK")
    assert threading.active_count() <= threads
    async with database.writing():
        await Room.raw(RENAME, "garden").run()
    assert name(other) == "garden"


async def test_who_gives_up_while_waiting_for_the_lock_does_not_get_it_later(database, other):
    await Room.raw("PRAGMA busy_timeout=5000").run()
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with database.writing():
            raise AssertionError("it gave up")

    writer = asyncio.create_task(write())
    await until(lambda: not database.engine.idle)
    writer.cancel()
    await asyncio.sleep(0)
    other.execute("ROLLBACK")
    with pytest.raises(asyncio.CancelledError):
        await writer
    other.execute("PRAGMA busy_timeout=0")
    for _ in range(30):  # longer than SQLite sleeps between two tries
        assert can_write(other)
        await asyncio.sleep(0.01)


async def test_reading_goes_on_while_another_writes(database, other):
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE room SET name = 'garden'")
    assert await Room.select(Room.name).run() == [{"name": "lobby"}]


async def test_many_readers_at_once_share_a_few_connections(database):
    threads = threading.active_count() - len(database.engine.idle)
    readers = [asyncio.ensure_future(Room.select(Room.name).run()) for _ in range(200)]
    most = 0
    while not all(reader.done() for reader in readers):
        most = max(most, threading.active_count() - threads)
        await asyncio.sleep(0)
    assert all(reader.result() == [{"name": "lobby"}] for reader in readers)
    assert 0 < most <= sqlite.READERS


async def test_a_reader_that_gives_up_leaves_its_connection_whole(database):
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"
    readers = [asyncio.ensure_future(Room.raw(slow).run()) for _ in range(20)]
    await until(database.engine.readers.locked)
    for reader in readers:
        reader.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    answers = await asyncio.gather(*(Room.select(Room.name).run() for _ in range(50)))
    assert answers == [[{"name": "lobby"}]] * 50
    async with database.writing():
        await Room.raw(RENAME, "garden").run()


async def test_a_query_that_outlives_the_database_loses_no_thread(database):
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"
    query = asyncio.ensure_future(Room.raw(slow).run())
    await asyncio.sleep(0.01)
    await database.close()
    assert await query == [{"max(i)": 300000}]
    assert not database.engine.idle
