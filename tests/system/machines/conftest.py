"""Chats that share a PostgreSQL database."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from chat.app import Chat
from chat.settings import Settings
from chat.storage.database import Database
from tests.kit import postgres
from tests.kit.chats import running, until
from tests.kit.people import Person, Room
from tests.kit.ports import free_port


class SharedDatabase(Database):
    """The database of a second chat in one process: Piccolo's tables know only one."""

    def __init__(self, host: Database) -> None:
        self.__dict__.update(host.__dict__)

    async def open(self) -> None:
        pass

    async def migrate(self) -> None:
        pass

    async def close(self) -> None:
        pass


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@asynccontextmanager
async def together(settings: Settings, count: int, **parts: Any) -> AsyncIterator[list[Chat]]:
    """So many chats, each as in a process of its own, but for the database's connections."""
    async with AsyncExitStack() as stack:
        chats = [await stack.enter_async_context(running(settings, **parts))]
        for _ in range(count - 1):
            shared = SharedDatabase(chats[0].services.database)
            chats.append(await stack.enter_async_context(running(settings, database=shared, **parts)))
        await until(lambda: not any(chat.services.bus and chat.services.bus.problem for chat in chats))
        yield chats


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


def moves(person: Person, chat: Chat) -> None:
    """From now on another process serves them."""
    person.browser.chat = chat
    transport: Any = httpx.ASGITransport(chat.asgi, client=(person.browser.address, 50000))
    person.browser.http._transport = transport


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


class Redis:
    """A Redis that a test may stop and start."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def __enter__(self) -> Redis:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([self._program, *options], stdout=subprocess.PIPE)
        assert self._process.stdout
        while b"Ready to accept connections" not in (line := self._process.stdout.readline()):
            assert line, "Redis did not start"

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()
