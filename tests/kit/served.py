"""The real server as a process: started, killed, and started again on the same port and data."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

SPACIOUS = {"CHATROOM_ADDRESS_BURST": "10000"}
"""Every visitor of a test comes from one network address."""


class Served:
    """A chatroom in its own folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {**SPACIOUS, **settings}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        return self.folder / "chatroom.sqlite"

    def start(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATROOM_")}
        own = {"CHATROOM_DATA_DIR": str(self.folder), "CHATROOM_PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chat", "serve"],
            env={**kept, **own, **self.settings},
            stdout=subprocess.DEVNULL,
        )
        while not listens(self.port):
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError("the server ended before it listened")

    def kill(self) -> None:
        """As a power cut would."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait for the end."""
        assert self.process
        self.process.terminate()
        self.process.wait(10)

    def end(self) -> None:
        if self.process and self.process.poll() is None:
            self.kill()

    def fill(self, room: str, texts: Iterable[str], *, ago: timedelta = timedelta(hours=1)) -> None:
        """Store what was said in a room that no window has open, or while the server is down."""
        with closing(sqlite3.connect(self.database)) as database, database:
            now = datetime.now(UTC)
            database.execute(
                "INSERT INTO room (name, last_seq, created_at) VALUES (?, 0, ?) ON CONFLICT DO NOTHING",
                (room, now.isoformat(" ")),
            )
            id, last = database.execute("SELECT id, last_seq FROM room WHERE name = ?", (room,)).fetchone()
            at = (now - ago).isoformat(" ")
            rows = [(id, seq, "message", "the-day-before--", text, at) for seq, text in enumerate(texts, last + 1)]
            database.executemany("INSERT INTO event (room, seq, kind, seat, text, at) VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.execute("UPDATE room SET last_seq = ? WHERE id = ?", (last + len(rows), id))

    def said(self, room: str) -> list[str]:
        """What the room's log holds, oldest first."""
        query = (
            "SELECT text FROM event JOIN room ON room.id = event.room WHERE name = ? AND kind = 'message' ORDER BY seq"
        )
        with closing(sqlite3.connect(self.database)) as database:
            return [text for (text,) in database.execute(query, (room,))]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def listens(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as tried:
        return tried.connect_ex((address, port)) == 0
