"""A server that cannot start says so and ends."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path


def test_a_server_that_cannot_bring_its_database_up_to_date_ends(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "chatroom.sqlite")) as database:
        database.execute("CREATE TABLE event (somebody_else_s INTEGER)")
    settings = {"CHATROOM_DATA_DIR": str(tmp_path), "CHATROOM_PORT": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", "chat", "serve"], env={**os.environ, **settings}, capture_output=True, timeout=30
    )
    assert ended.returncode != 0
    assert b"already exists" in ended.stderr
