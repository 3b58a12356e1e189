"""What a server's SQLite file holds, read past the server."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any


class Stored:
    """What the file holds, read from a copy: the file itself stays as the server left it."""

    def __init__(self, database: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for file in database.parent.glob(f"{database.name}*"):
                shutil.copy(file, folder)
            with closing(sqlite3.connect(Path(folder) / database.name)) as copy:
                self.integrity = [found for (found,) in copy.execute("PRAGMA integrity_check")]
                self.last_seqs = dict(copy.execute("SELECT name, last_seq FROM room"))
                self.events: dict[str, list[Any]] = {room: [] for room in self.last_seqs}
                for room, *event in copy.execute(
                    "SELECT name, seq, kind, text FROM event JOIN room ON room.id = event.room ORDER BY seq"
                ):
                    self.events[room].append(tuple(event))

    def check(self) -> None:
        """Raises AssertionError when it would need repair."""
        assert self.integrity == ["ok"], self.integrity
        for room, last_seq in self.last_seqs.items():
            numbers = [seq for seq, *_ in self.events[room]]
            assert numbers == list(range(1, last_seq + 1)), f"{room}: {numbers} of {last_seq}"

    def texts(self, room: str) -> list[str]:
        """The messages of a room, oldest first."""
        return [text for _, kind, text in self.events.get(room, []) if kind == "message"]
