"""Processes that serve together: started at once, started anew, stopped together, told apart by nothing."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chat.settings import BadSetting, Settings
from chat.storage.database import MIGRATION_LOCK
from tests.kit import ROOT, postgres
from tests.kit.chats import until
from tests.kit.process import Process
from tests.kit.windows import Poster, Window

MIGRATIONS = ROOT / "piccolo_migrations"
KEY = {"SECRET_KEY": "shared by all"}
WAITING = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""

Start = Callable[..., Process]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Makes processes, and leaves none behind."""
    made: list[Process] = []

    def start(url: str, **settings: str) -> Process:
        folder = tmp_path / f"{len(made)}"
        folder.mkdir()
        made.append(Process(folder, DATABASE_URL=url, **{**KEY, **settings}))
        return made[-1]

    yield start
    for process in made:
        await process.ends()


async def test_four_processes_that_start_at_once_make_the_tables_once(fresh_url: str, start: Start):
    processes = [start(fresh_url) for _ in range(4)]
    gate = await asyncpg.connect(fresh_url)
    await gate.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
    starting = asyncio.gather(*(process.starts_up() for process in processes))
    try:
        while await gate.fetchval(WAITING) < 4:
            assert not starting.done(), "not all of them wait for their turn"
    finally:
        await gate.close()
        await asyncio.wait([starting])
    await starting
    ids = [re.findall(r'^ID = "(.*)"', file.read_text(), re.MULTILINE) for file in MIGRATIONS.glob("chat_*.py")]
    made = await postgres.run(fresh_url, "SELECT name FROM migration")
    assert sorted([row["name"]] for row in made) == sorted(ids)
    assert not any(process.faults() for process in processes)


async def test_a_window_may_go_to_another_process_with_every_request(postgres_url: str, start: Start):
    processes = [start(postgres_url) for _ in range(2)]
    await asyncio.gather(*(process.starts_up() for process in processes))
    window, poster = Window(processes[0].port, "lobby"), Poster(processes[0].port, "lobby", "ann")
    await window.opens()
    await poster.takes_seat()
    for number in range(20):
        for seat in (window, poster):
            seat.connection.close()
            seat.connection.port = processes[(number + (seat is poster)) % 2].port
        await poster.says(f"{number}")
        while len(window.seen) <= number:
            assert await window.polls()
    assert [line.text for line in window.seen] == [f"{number}" for number in range(20)]
    assert window.reloads == 0
    for seat in (window, poster):
        seat.connection.close()


# --- workers under one parent ---


def children(process: Process) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
async def parent(postgres_url: str, start: Start, monkeypatch: pytest.MonkeyPatch) -> Process:
    """Three workers who share a socket."""
    process = start(postgres_url, WORKERS="3", HOLD_SECONDS="20")
    await process.starts_up()
    await until(lambda: len(children(process)) == 3)
    return process


async def crowd(process: Process, count: int) -> list[Window]:
    windows = [Window(process.port, "lobby") for _ in range(count)]
    await asyncio.gather(*(window.opens() for window in windows))
    return windows


async def see_all(windows: list[Window], texts: list[str]) -> None:
    async def sees(window: Window) -> None:
        while len(window.seen) < len(texts):
            await window.polls()

    await asyncio.gather(*(sees(window) for window in windows))
    for window in windows:
        assert [line.text for line in window.seen] == texts
        window.connection.close()


async def test_windows_of_all_workers_see_the_same(parent: Process):
    windows = await crowd(parent, 30)
    posters = [Poster(parent.port, "lobby", f"p{number}") for number in range(6)]
    await asyncio.gather(*(poster.takes_seat() for poster in posters))
    for poster in posters:
        await poster.says(poster.name)
        poster.connection.close()
    await see_all(windows, [poster.name for poster in posters])


async def test_a_worker_that_dies_is_replaced_and_nobody_loses_anything(parent: Process):
    windows = await crowd(parent, 10)
    before = children(parent)
    os.kill(before[1], signal.SIGKILL)
    await until(lambda: len(set(children(parent)) - {before[1]}) == 3)
    poster = Poster(parent.port, "lobby", "ann")
    await poster.takes_seat()
    await poster.says("hi")
    poster.connection.close()
    await see_all(windows, ["hi"])
    assert any('"worker died"' in line for line in parent.logged())


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
async def test_a_stop_ends_every_worker_and_answers_every_poll(parent: Process, sent: signal.Signals):
    windows = await crowd(parent, 12)
    await asyncio.gather(*(window.polls() for window in windows))
    polls = [asyncio.create_task(window.polls()) for window in windows]
    await asyncio.sleep(0.05)
    pids = children(parent)
    os.kill(parent.pid, sent)
    assert all(await asyncio.gather(*polls))
    await asyncio.to_thread(parent.waits, 30)
    assert not any(lives(pid) for pid in pids)
    for window in windows:
        window.connection.close()


async def test_no_worker_outlives_a_parent_that_was_killed(parent: Process):
    pids = children(parent)
    await parent.is_killed()
    await until(lambda: not any(lives(pid) for pid in pids))


SCRIPT = """
import os, signal, sys, time
from chat.server import workers

workers.PAUSE_SECONDS = 0.01
workers.STOP_SECONDS = 0.2

def work(lifeline, first):
    {work}

workers.run({count}, work)
"""


def parent_of(count: int, work: str) -> "subprocess.Popen[bytes]":
    """A parent in a process of its own, whose workers do nothing but this."""
    return subprocess.Popen([sys.executable, "-c", SCRIPT.format(work=work, count=count)], stdout=subprocess.PIPE)


async def test_a_worker_that_does_not_stop_is_ended():
    with parent_of(2, r"signal.signal(15, signal.SIG_IGN); os.write(1, b'ready\n'); time.sleep(60)") as parent:
        assert parent.stdout
        assert [parent.stdout.readline() for _ in range(2)] == [b"ready\n"] * 2
        parent.terminate()
        assert await asyncio.to_thread(parent.wait) == 0


async def test_workers_that_keep_dying_are_started_again_and_again_until_the_stop():
    with parent_of(1, r"os.write(1, b'dies\n'); sys.exit(3)") as parent:
        assert parent.stdout
        deaths = 0
        while deaths < 4:
            deaths += parent.stdout.readline() == b"dies\n"
        parent.terminate()
        assert await asyncio.to_thread(parent.wait) == 0


# --- settings that do not go together ---


def refusal(*arguments: str, **settings: str) -> str:
    """What `chatroom` says when it does not start."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    environment |= {f"CHATROOM_{name}": value for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "chat", "serve", *arguments], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("chatroom: ")
    return done.stderr


def test_sqlite_refuses_several_workers_and_says_why_and_what_to_do(tmp_path: Path):
    said = refusal("--workers", "2", DATA_DIR=str(tmp_path))
    assert all(word in said for word in ("SQLite", "one process", "CHATROOM_DATABASE_URL=postgres://", "chatroom move"))
    assert list(tmp_path.iterdir()) == []


def test_postgresql_wants_a_key_that_all_share(postgres_url: str):
    assert "CHATROOM_SECRET_KEY must be set with PostgreSQL" in refusal(DATABASE_URL=postgres_url)


def test_a_database_that_does_not_exist_is_said_so(postgres_server: postgres.Postgres):
    said = refusal(DATABASE_URL=postgres_server.database("nowhere"), **KEY)
    assert "CHATROOM_DATABASE_URL" in said
    assert "nowhere" in said


def test_a_number_of_workers_that_makes_no_sense_is_refused():
    assert "CHATROOM_WORKERS" in refusal("--workers", "0")


@pytest.mark.parametrize(
    "settings",
    [
        {"workers": 2},
        {"channels_url": "redis://127.0.0.1"},
        {"database_url": "postgres://127.0.0.1/chatroom"},
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused(settings: Any):
    with pytest.raises(BadSetting):
        Settings(**settings).check_together()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"channels_url": "memory://"},
        {"database_url": "postgres://127.0.0.1/chatroom", "secret_key": "k", "workers": 8},
        {"database_url": "postgres://127.0.0.1/chatroom", "secret_key": "k", "channels_url": "redis://127.0.0.1"},
    ],
    ids=str,
)
def test_what_goes_together_is_taken(settings: Any):
    Settings(**settings).check_together()


def test_no_password_is_shown_among_the_settings():
    url = "postgres://chatroom:very-secret@127.0.0.1/chatroom"
    environment = {**os.environ, "CHATROOM_DATABASE_URL": url, "CHATROOM_CHANNELS_URL": "redis://:hidden@127.0.0.1"}
    shown = subprocess.run(
        [sys.executable, "-m", "chat", "settings"], env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "very-secret" not in shown
    assert "hidden" not in shown
    assert "CHATROOM_DATABASE_URL=postgres://chatroom:***@127.0.0.1/chatroom" in shown
