"""Old messages, written into the chat's SQLite file without the chat: a million in seconds."""

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.load.chats import Chatroom, text
from bench.load.process import ROOT

MESSAGES = """
    WITH RECURSIVE line(seq) AS (SELECT 1 UNION ALL SELECT seq + 1 FROM line WHERE seq < :count)
    INSERT INTO event (room, seq, kind, seat, text, at, once)
    SELECT :room, seq, 'message', printf('seat%012d', seq % 1000), :text, :at, lower(hex(randomblob(16))) FROM line
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection that puts each statement on disk, as the chat does."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    return database


def rooms(count: int) -> list[str]:
    """The names of rooms beside the lobby."""
    return [f"room-{number}" for number in range(1, count)]


def write(chat: Chatroom, messages: int, count: int) -> None:
    """So many messages in the chat's room, and one in each of so many rooms less one."""
    assert chat.data
    chat.data.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "chat", "migrate"],
        check=True,
        cwd=ROOT,
        env={**os.environ, **chat.environment(0, chat.data)} | {"CHATROOM_PORT": ""},
        stdout=subprocess.DEVNULL,
    )
    database = connect(chat.data / "chatroom.sqlite")
    database.execute("BEGIN")
    for name, held in ((chat.room, messages), *((name, 1) for name in rooms(count))):
        fill(database, name, held)
    database.execute("COMMIT")
    database.close()


def fill(database: sqlite3.Connection, room: str, messages: int) -> None:
    at = datetime.now(UTC).isoformat(" ")
    added = database.execute("INSERT INTO room (name, last_seq, created_at) VALUES (?, ?, ?)", (room, messages, at))
    values = {"room": added.lastrowid, "count": messages, "text": text("000000", 0), "at": at}
    database.execute(MESSAGES, values)
