"""Chats that share a PostgreSQL database."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chat.app import Chat
from chat.settings import Settings
from tests.kit import postgres
from tests.kit.people import Person, Room
from tests.kit.redis import Redis
from tests.kit.shared_database import together


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def fresh_url(postgres_server: postgres.Postgres) -> Iterator[str]:
    """A database that nobody has ever used."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture
async def chats(settings: Settings, parts: dict[str, Any]) -> AsyncIterator[list[Chat]]:
    async with together(settings, 3, **parts) as chats:
        yield chats


@pytest.fixture
async def ann(chats: list[Chat]) -> Person:
    """Somebody whom the first process serves."""
    return await Room(chats[0]).enter()


@pytest.fixture
async def bob(chats: list[Chat]) -> Person:
    """Somebody whom the second process serves."""
    return await Room(chats[1]).enter()


@pytest.fixture
async def query(database_url: str) -> Any:
    """What the database says."""

    async def ask(statement: str) -> list[Any]:
        return list(await postgres.run(database_url, statement))

    return ask


@pytest.fixture(scope="session")
def own_postgres(postgres_server: postgres.Postgres) -> Iterator[postgres.OwnPostgres]:
    """A server that a test may stop and start."""
    if isinstance(postgres_server, postgres.OwnPostgres):
        yield postgres_server
    else:
        with postgres.own() as server:
            yield server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis: the one CHATROOM_TEST_REDIS_URL names, else one of the tests' own."""
    if url := os.environ.get("CHATROOM_TEST_REDIS_URL"):
        yield url
        return
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis: install redis-server, or name one in CHATROOM_TEST_REDIS_URL")
    with Redis(program, tmp_path_factory.mktemp("redis")) as redis:
        yield redis.url
