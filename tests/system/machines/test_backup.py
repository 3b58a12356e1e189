"""Backup and restore, with the commands of `docs/operation.md` as they stand there."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.kit import ROOT, postgres
from tests.kit.chats import until
from tests.kit.process import Process
from tests.kit.windows import HTMX, Poster, Seat, Shown, Window, lines

DOCUMENT = ROOT / "docs" / "operation.md"


class Instructions(NamedTuple):
    """Lines for a shell."""

    backup: str
    restore: str


def documented() -> dict[str, Instructions]:
    chapter = DOCUMENT.read_text().partition("\n## Backup and restore\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", chapter, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4, blocks
    return {"SQLite": Instructions(*blocks[:2]), "PostgreSQL": Instructions(*blocks[2:])}


class Place:
    """A machine, as far as the document knows it: its folders, its database, its service."""

    def __init__(self, folder: Path, backups: Path, url: str = "") -> None:
        self.folder = folder
        self._meant = {"/var/lib/chatroom": f"{folder}/lib", "/etc/": f"{folder}/etc/", "/backup/": f"{backups}/"}
        self._database = {}
        if url:
            self._meant["postgres://chatroom:…@db/chatroom"] = url
            self._database = {"DATABASE_URL": url}
        for name in ("lib", "etc"):
            (folder / name).mkdir(parents=True)
        self.environment_file.touch()
        self.service: Process | None = None

    @property
    def environment_file(self) -> Path:
        return self.folder / "etc" / "chatroom.env"

    async def starts(self) -> Process:
        """The service, with what its environment file says."""
        settings = dict(line.split("=", 1) for line in self.environment_file.read_text().splitlines())
        ours = {name.removeprefix("CHATROOM_"): value for name, value in settings.items()}
        self.service = Process(self.folder / "lib", HOLD_SECONDS="1", **self._database, **ours)
        await self.service.starts_up()
        return self.service

    async def stops(self) -> None:
        if self.service and self.service.lives:
            await self.service.is_stopped()

    async def follows(self, instructions: str, path: str) -> None:
        """Do what the document says. Programs are looked for in `path`."""
        for said, meant in self._meant.items():
            instructions = instructions.replace(said, meant)
        assert "…" not in instructions
        for part in re.split(r"^(systemctl .*\n)", instructions, flags=re.MULTILINE):
            if part == "systemctl stop chatroom\n":
                await self.stops()
            elif part == "systemctl start chatroom\n":
                await self.starts()
            else:
                await asyncio.to_thread(self._types, part, path)

    def _types(self, commands: str, path: str) -> None:
        done = subprocess.run(
            ["sh", "-eu", "-c", commands], env={"PATH": path}, cwd=self.folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def database(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def urls(database: str, request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Two databases that nobody has ever used; SQLite's files have no address."""
    if database == "SQLite":
        yield ["", ""]
        return
    server: postgres.Postgres = request.getfixturevalue("postgres_server")
    urls = [server.create() for _ in range(2)]
    yield urls
    for url in urls:
        server.drop(url)


@pytest.fixture
async def places(database: str, urls: list[str], tmp_path: Path) -> AsyncIterator[list[Place]]:
    """Where people talk, and a fresh one."""
    (tmp_path / "backup").mkdir()
    places = [Place(tmp_path / name, tmp_path / "backup", url) for name, url in zip(("old", "new"), urls, strict=True)]
    if database == "PostgreSQL":
        places[0].environment_file.write_text("CHATROOM_SECRET_KEY=shared by all\n")
    yield places
    for place in places:
        if place.service:
            await place.service.ends()


@pytest.fixture
def path(database: str, request: pytest.FixtureRequest) -> str:
    """Where programs are: PostgreSQL's own first, which are as new as the server."""
    path = os.environ["PATH"]
    if database == "PostgreSQL":
        if isinstance(request.getfixturevalue("postgres_server"), postgres.OwnPostgres):
            path = f"{postgres.find_programs()}:{path}"
        if not shutil.which("pg_dump", path=path):
            pytest.skip("no pg_dump: apt install postgresql-client")
    return path


async def log_of(reader: Seat) -> list[Shown]:
    """The whole log, as a window is given it page by page."""
    log: list[Shown] = []
    while new := lines((await ask_after(reader, len(log), "&wait=0")).decode()):
        log += new
    return log


async def ask_after(reader: Seat, after: int, more: str = "") -> bytes:
    answer = await reader.ask("GET", f"{reader.path}messages?after={after}{more}", HTMX)
    assert answer.status == 200
    return b"HX-Refresh" if answer.header("hx-refresh") else answer.body


async def test_what_was_backed_up_while_people_talked_is_there_again_with_its_people(
    database: str, places: list[Place], path: str
):
    backup, restore = documented()[database]
    old, new = places
    server = await old.starts()
    ann, bob = Poster(server.port, "lobby", "ann"), Window(server.port, "lobby")
    await ann.takes_seat()
    await ann.renames("Anna")
    await ann.says("before the backup")
    await bob.opens()

    over = asyncio.Event()

    async def talks() -> None:
        while not over.is_set():
            await ann.says(f"{len(ann.said)}")

    talking = asyncio.create_task(talks())
    await until(lambda: len(ann.acknowledged) > 20)
    certain = len(ann.acknowledged)
    await old.follows(backup, path)
    held_at_most = len(ann.said)
    await until(lambda: len(ann.said) > held_at_most + 20)
    over.set()
    await talking
    while len(bob.seen) < len(ann.said):
        await bob.polls()
    await old.stops()

    if database == "SQLite":  # "start the service once before"; what a crash left must not be mixed into the backup
        ruin = await new.starts()
        await ruin.says("lost")
        await ruin.is_killed()
    await new.follows(restore, path)
    assert new.service
    for person in (ann, bob):
        person.connection.close()
        person.connection.port = new.service.port

    log = await log_of(bob)
    assert [line.seq for line in log] == list(range(1, len(log) + 1))
    assert certain <= len(log) <= held_at_most
    assert [line.text for line in log] == ann.said[: len(log)]

    assert await ask_after(bob, bob.cursor) == b"HX-Refresh"
    assert (await bob.ask("GET", bob.path)).status == 200, "his seat is his"

    repeated = ann.said[: len(log)]
    ann.said.clear()
    for text in repeated[:3]:
        await ann.says(text)
    assert await log_of(bob) == log, "a repeat says nothing new"
    await ann.says("after the restore")
    page = (await ann.ask("GET", ann.path)).body.decode()
    assert 'value="Anna"' in page or ">Anna<" in page
    assert [(line.seq, line.text) for line in (await log_of(bob))[len(log) :]] == [(len(log) + 1, "after the restore")]
    for person in (ann, bob):
        person.connection.close()
