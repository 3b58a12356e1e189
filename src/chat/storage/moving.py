"""Taking everything from an SQLite file to PostgreSQL, number by number."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
from piccolo.columns import BigSerial, Serial
from piccolo.table import Table

from chat.storage import postgres
from chat.storage.database import Database, bring_up_to_date
from chat.storage.errors import DatabaseError, translated
from chat.storage.tables import TABLES

BATCH = 5_000
"""Rows at a time."""

Progress = Callable[[str, int, int], None]
"""(table, rows taken over, rows there are)"""


class CannotMove(DatabaseError):
    """Nothing was taken over; the text says why."""


def source_file(source: str, target: str) -> Path:
    """The file of an SQLite address that rooms can be moved from. Raises CannotMove."""
    file = Path(source.removeprefix("sqlite:///"))
    if not source.startswith("sqlite:///") or not target.startswith(("postgres://", "postgresql://")):
        raise CannotMove("rooms move from sqlite:///PATH to postgres://…")
    if not file.is_file():
        raise CannotMove(f"{source}: there is no such file")
    return file


async def move(source: str, target: str, progress: Progress, batch: int = BATCH) -> None:
    """Copy every row of every table, all or nothing. Raises CannotMove, and other DatabaseErrors."""
    with translated():
        await _move(source, target, progress, batch)


async def _move(source: str, target: str, progress: Progress, batch: int) -> None:
    await bring_up_to_date(target)
    database = Database(source)
    await database.open()
    connection = await postgres.connect(target)
    try:
        await database.migrate()
        async with connection.transaction(), database.writing():  # nobody else may write to the file meanwhile
            for table in TABLES:
                await _copy(table, connection, progress, batch)
    finally:
        await connection.close()
        await database.close()


async def _copy(table: type[Table], connection: asyncpg.Connection, progress: Progress, batch: int) -> None:
    name = table._meta.tablename
    await connection.execute(f'LOCK TABLE "{name}" IN EXCLUSIVE MODE')
    if await connection.fetchval(f'SELECT EXISTS (SELECT FROM "{name}")'):
        raise CannotMove(f"the target is not empty: its table {name!r} has rows. Give an empty database")
    columns = [column._meta.db_column_name for column in table._meta.columns]
    key = table._meta.primary_key
    total, done, last = await table.count().run(), 0, None
    progress(name, done, total)
    while rows := await _rows_after(table, last, batch):
        records = [[row[column] for column in columns] for row in rows]
        await connection.copy_records_to_table(name, records=records, columns=columns)
        done, last = done + len(rows), rows[-1][key._meta.db_column_name]
        progress(name, done, total)
    if last is not None and isinstance(key, Serial | BigSerial):
        counter = await connection.fetchval("SELECT pg_get_serial_sequence($1, $2)", name, key._meta.db_column_name)
        await connection.execute("SELECT setval($1, $2)", counter, last)  # the next row counts on from here


async def _rows_after(table: type[Table], last: Any, batch: int) -> list[dict[str, Any]]:
    key = table._meta.primary_key
    query = table.select(*table._meta.columns).order_by(key).limit(batch)
    return list(await (query.where(key > last) if last is not None else query).run())
