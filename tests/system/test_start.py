"""A command that cannot bring its database up to date says why, in one line, and ends."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_cannot_be_brought_up_to_date_is_told_in_one_line(tmp_path: Path, command: str) -> None:
    with closing(sqlite3.connect(tmp_path / "chatroom.sqlite")) as database:
        database.execute("CREATE TABLE room (somebody_else_s INTEGER)")
    settings = {"CHATROOM_DATA_DIR": str(tmp_path), "CHATROOM_PORT": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "chat", command], env={**os.environ, **settings}, capture_output=True, timeout=30
    )
    assert ended.returncode == 1
    assert ended.stderr.decode().startswith("chatroom: ")
    assert ended.stderr.decode().endswith('table "room" already exists\n')
    assert ended.stderr.count(b"\n") == 1
