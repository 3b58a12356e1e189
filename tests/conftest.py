"""A running chat on a real database, and a room in it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chat.app import Chat
from chat.settings import Settings
from chat.sizes import Sizes
from chat.storage.database import Database
from chat.storage.tables import TABLES
from tests.kit import postgres
from tests.kit.chats import Clock, running
from tests.kit.people import Person, Room


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgres: needs a PostgreSQL server")
    config.addinivalue_line("markers", "settings(**values): settings of the chat in this test")
    config.addinivalue_line("markers", "sizes(**values): sizes of the chat in this test")


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, Any]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that is up to date and empty."""
    path = tmp_path_factory.mktemp("migrated") / "chatroom.sqlite"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """A real one; started when the first test needs it."""
    with postgres.any_one() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: postgres.Postgres) -> Iterator[str]:
    """A database on it that is up to date and empty."""
    url = postgres_server.create()
    asyncio.run(migrate(url))
    yield url
    postgres_server.drop(url)


async def migrate(url: str) -> None:
    database = Database(url)
    try:
        await database.open()
        await database.migrate()
    finally:
        await database.close()


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(migrated, tmp_path / 'chatroom.sqlite')}"


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    asyncio.run(postgres.run(migrated_postgres, EMPTY_WHAT_WAS_USED))
    return migrated_postgres


EMPTY_WHAT_WAS_USED = f"""
DO $$ DECLARE used text; BEGIN
    SELECT string_agg(quote_ident(name), ', ') INTO used
    FROM unnest(ARRAY[{", ".join(f"'{table._meta.tablename}'" for table in TABLES)}]) AS name
    JOIN pg_sequences ON sequencename = name || '_id_seq' WHERE last_value IS NOT NULL;
    IF used IS NOT NULL THEN EXECUTE 'TRUNCATE ' || used || ' RESTART IDENTITY CASCADE'; END IF;
END $$"""
"""To empty a table takes milliseconds, and most tests use few."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """An empty database of this test's own. Where facts hold on every database, `conftest.py` says so."""
    return sqlite_url


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Settings:
    """The defaults, without limits of speed; `@pytest.mark.settings(limits="on")` says otherwise."""
    ours = Settings(data_dir=tmp_path, database_url=database_url, limits="off")
    marker = request.node.get_closest_marker("settings")
    return replace(ours, **marker.kwargs) if marker else ours


@pytest.fixture
def clock() -> Clock:
    """The time, as limits, absences and marks in addresses know it."""
    return Clock()


@pytest.fixture
def sizes(request: pytest.FixtureRequest) -> Sizes:
    """The sizes as they are; `@pytest.mark.sizes(rooms=20)` says otherwise."""
    marker = request.node.get_closest_marker("sizes")
    return Sizes(**(marker.kwargs if marker else {}))


@pytest.fixture
def parts() -> dict[str, Any]:
    """Parts of the chat that a test brings along: `log`, `append`."""
    return {}


@pytest.fixture
async def chat(settings: Settings, clock: Clock, sizes: Sizes, parts: dict[str, Any]) -> AsyncIterator[Chat]:
    async with running(settings, clock, sizes=sizes, **parts) as chat:
        yield chat


@pytest.fixture
def door() -> str:
    """How the browsers of the room come to the chat; what is said of polls holds by every door."""
    return "asgi"


@pytest.fixture
def room(chat: Chat, door: str) -> Room:
    return Room(chat, door=door)


@pytest.fixture
async def ann(room: Room) -> Person:
    return await room.enter()


@pytest.fixture
async def bob(room: Room) -> Person:
    return await room.enter()
