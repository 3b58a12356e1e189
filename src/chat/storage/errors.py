"""What storage raises. No driver's error leaves storage."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg


class DatabaseError(Exception):
    """The database refused; the text says why."""


class Unavailable(DatabaseError):
    """The database cannot be reached or written just now: away, locked, read-only, full. Trying again may help."""


class Contended(DatabaseError):
    """Another process was faster. Trying again at once finds what it has done."""


class MigrationFailed(DatabaseError):
    """The tables could not be brought up to date."""


AWAY = (
    sqlite3.OperationalError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
    TimeoutError,
)
CONTENDED = (asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
REFUSED = (sqlite3.Error, asyncpg.PostgresError)


@contextmanager
def translated() -> Iterator[None]:
    """Turn a driver's error into one of ours."""
    try:
        yield
    except AWAY as error:
        raise Unavailable(_words(error)) from error
    except CONTENDED as error:
        raise Contended(_words(error)) from error
    except REFUSED as error:
        raise DatabaseError(_words(error)) from error


def _words(error: BaseException) -> str:
    return str(error) or type(error).__name__


class Translating:
    """Part of an engine: whatever Piccolo runs through it fails with an error of ours."""

    async def run_querystring(self, *arguments: Any, **options: Any) -> Any:
        with translated():
            return await super().run_querystring(*arguments, **options)  # type: ignore[misc]

    async def run_ddl(self, *arguments: Any, **options: Any) -> Any:
        with translated():
            return await super().run_ddl(*arguments, **options)  # type: ignore[misc]
