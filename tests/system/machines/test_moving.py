"""`chatroom move` takes a chat from its file to PostgreSQL: every room, number by number."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chat.domain.events import Event
from chat.settings import Settings
from chat.storage import moving
from chat.storage.database import Database
from tests.kit import postgres
from tests.kit.acts import gives_notice, removes, says, whole_log
from tests.kit.chats import running
from tests.kit.history import said
from tests.kit.people import Room

KINDS = "SELECT seq, kind, seat, nickname, text, target, erased, at, once FROM event ORDER BY room, seq"


@pytest.fixture
def target(fresh_url: str) -> str:
    return fresh_url


@pytest.fixture
async def lived_in(sqlite_url: str, tmp_path: Path) -> list[dict[str, list[Event]]]:
    """A chat in which much has happened: the logs of its rooms."""
    settings = Settings(data_dir=tmp_path, database_url=sqlite_url, limits="off")
    async with running(settings) as chat:
        ann = await Room(chat).enter()
        await ann.says("first")
        await ann.renames("安")
        await ann.says("<b>😀 é</b>")
        await removes(chat, "lobby", 1)
        await gives_notice(chat, "lobby", "be kind")
        await said(chat, map(str, range(200)), "数字", at=datetime(2020, 2, 29, 23, 59, 59, 123456, UTC))
        return [await logs()]


async def logs() -> dict[str, list[Event]]:
    return {room: await whole_log(room) for room in ("lobby", "数字")}


async def move(source: str, target: str, batch: int = moving.BATCH) -> list[tuple[str, int, int]]:
    shown: list[tuple[str, int, int]] = []
    await moving.move(source, target, lambda *progress: shown.append(progress), batch)
    return shown


async def test_every_event_is_there_with_its_number_and_all_it_says(
    lived_in: list[Any], sqlite_url: str, target: str, tmp_path: Path
):
    shown = await move(sqlite_url, target, batch=64)
    assert [step for step in shown if step[0] == "event"] == [("event", n, 205) for n in (0, 64, 128, 192, 205)]
    async with running(Settings(data_dir=tmp_path, database_url=target, limits="off")) as chat:
        assert await logs() == lived_in[0]
        ann = await Room(chat).enter()
        await ann.says("here")
        await ann.renames("Anna")
        assert getattr((await whole_log("lobby"))[5], "text", None) == "here"


async def test_a_key_that_was_used_before_the_move_still_finds_what_it_said(
    sqlite_url: str, target: str, tmp_path: Path
):
    before, after = (Settings(data_dir=tmp_path, database_url=url, limits="off") for url in (sqlite_url, target))
    said_then = {"room": "lobby", "text": "hi", "seat": "annannannannann0", "key": "the-key"}
    async with running(before) as chat:
        first = await says(chat, **said_then)
    await move(sqlite_url, target)
    async with running(after) as chat:
        assert await says(chat, **said_then) == first


async def test_a_target_that_is_not_empty_is_refused_and_stays_as_it_is(
    lived_in: list[Any], sqlite_url: str, target: str
):
    await move(sqlite_url, target)
    before = await postgres.run(target, KINDS)
    with pytest.raises(moving.CannotMove, match="not empty"):
        await move(sqlite_url, target)
    assert await postgres.run(target, KINDS) == before


async def test_a_move_that_fails_leaves_nothing_in_the_target(
    lived_in: list[Any], sqlite_url: str, target: str, monkeypatch: pytest.MonkeyPatch
):
    def breaks(table: str, done: int, total: int) -> None:
        if table == "event" and done:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await moving.move(sqlite_url, target, breaks)
    assert await postgres.run(target, "SELECT FROM room UNION ALL SELECT FROM person") == []
    await move(sqlite_url, target)


def command(source: str, target: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "chat", "move", "--from", source, "--to", target],
        env={**os.environ},
        capture_output=True,
        text=True,
    )


async def test_the_command_shows_how_far_it_is_and_what_to_do_next(
    lived_in: list[Any], sqlite_url: str, target: str, tmp_path: Path
):
    (tmp_path / "secret.key").write_text("k")
    done = command(sqlite_url, target)
    assert done.returncode == 0, done.stderr
    assert "event: 205 of 205\n" in done.stdout
    assert "CHATROOM_DATABASE_URL" in done.stdout
    assert "CHATROOM_SECRET_KEY" in done.stdout


@pytest.mark.parametrize(
    ("source", "to"),
    [
        ("sqlite:////nowhere/chatroom.sqlite", "{target}"),
        ("{source}", "sqlite:///other"),
        ("{target}", "{target}"),
        ("{source}", "postgres://127.0.0.1:1/nobody"),
    ],
)
def test_the_command_says_in_one_line_what_it_cannot_do(sqlite_url: str, target: str, source: str, to: str):
    done = command(source.format(source=sqlite_url, target=target), to.format(target=target))
    assert done.returncode == 1
    assert done.stderr.startswith("chatroom: ")
    assert done.stderr.count("\n") == 1


async def test_a_file_that_is_being_served_from_is_not_moved(sqlite_url: str, target: str):
    from chat.server.lock import lock

    with lock(Path(sqlite_url.removeprefix("sqlite:///"))):
        done = command(sqlite_url, target)
    assert done.returncode == 1
    assert "stop it first" in done.stderr


async def test_the_source_stays_as_it_is(lived_in: list[Any], sqlite_url: str, target: str, tmp_path: Path):
    await move(sqlite_url, target)
    database = Database(sqlite_url)
    await database.open()
    await database.close()
    async with running(Settings(data_dir=tmp_path, database_url=sqlite_url, limits="off")):
        assert await logs() == lived_in[0]
