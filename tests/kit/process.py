"""The real server as a process: started, stopped, killed, and started again on the same port and data.

What browsers' tests wait for stands still meanwhile (`start`); the others go on (`await starts_up`).
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import anyio

from chat.domain import seats
from tests.kit import conversation
from tests.kit.ports import free_port, listens
from tests.kit.wire import Answer, Connection, read_answer, request

PATIENCE = 30.0
COMMAND = (sys.executable, "-m", "chat", "serve")
SPACIOUS = {"LIMITS": "on", "ADDRESS_BURST": "10000"}
"""Settings with limits for each person, where all of them come from one network address."""


class Poll:
    """A poll on a connection of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def answer(self) -> Answer:
        with anyio.fail_after(PATIENCE):
            return await read_answer(self._reader)

    def adds(self, data: bytes) -> None:
        self._writer.write(data)

    def hangs_up(self) -> None:
        self._writer.transport.abort()

    def leaves(self, how: str) -> None:
        """Without its answer: `close`, `reset`, or `half` (it says that it sends no more)."""
        if how == "half":
            return self._writer.write_eof()
        if how == "reset":
            link = self._writer.get_extra_info("socket")
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hangs_up()


class Process:
    """A chatroom in its own folder; what it logs is kept there."""

    def __init__(self, folder: Path, *, command: Sequence[str] = COMMAND, **settings: str) -> None:
        self.folder = folder
        self.address = "127.0.0.1"
        self.port = free_port()
        self.starts = 0
        self._command = command
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHATROOM_")}
        own = {"DATA_DIR": str(folder), "PORT": str(self.port), "LIMITS": "off", **settings}
        self._environment = {**kept, **{f"CHATROOM_{name}": value for name, value in own.items()}}
        self._process: subprocess.Popen[bytes] | None = None
        self.clients: list[Poll] = []

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "chatroom.sqlite"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def runs(self, *words: str) -> str:
        """What a command of this installation prints."""
        command = (*self._command[:-1], *words)
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout

    def memory(self) -> int:
        """Bytes of memory it has."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def seat(self, room: str = "lobby") -> tuple[str, dict[str, str]]:
        """The address of a seat, and the cookies that hold it."""
        key = (self.folder / "secret.key").read_text().strip().encode()
        seat = seats.new_id()
        ours = seats.Seats(key)
        cookies = f"seat={ours.cookie(room, seat)}; browser={ours.browser_cookie(seats.new_id())}"
        return f"/r/{room}/{seat}/", {"Cookie": cookies, "Accept-Language": "en", "HX-Request": "true"}

    async def polls(self, seat: tuple[str, dict[str, str]], after: int, source: str = "127.0.0.1") -> Poll:
        """Somebody's window polls, from this address."""
        path, headers = seat
        return await self.sends(request("GET", f"{path}messages?after={after}", headers), source)

    async def sends(self, data: bytes, source: str = "127.0.0.1") -> Poll:
        """These bytes, on a connection of their own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(source, 0))
        writer.write(data)
        self.clients.append(Poll(reader, writer))
        return self.clients[-1]

    async def asks(self, method: str, path: str, headers: Mapping[str, str] | None = None, **form: str) -> Answer:
        """One request on a connection of its own."""
        connection = Connection(self.port)
        try:
            return await connection.ask(method, path, headers or {}, urlencode(form).encode())
        finally:
            connection.close()

    async def says(self, text: str, room: str = "lobby", key: str = "") -> Answer:
        """Somebody who was never here says something."""
        path, headers = self.seat(room)
        return await self.asks("POST", f"{path}messages", headers, text=text, key=key)

    async def health(self) -> dict[str, Any]:
        answer = await self.asks("GET", "/health")
        return {"code": answer.status, **json.loads(answer.body)}

    async def becomes(self, code: int) -> dict[str, Any]:
        """Wait until it says that it is well (200) or not (503). A finding is told again for a second."""
        with anyio.fail_after(PATIENCE):
            while True:
                health = await self.health()
                if health["code"] == code:
                    return health
                await asyncio.sleep(0.01)

    async def holds(self, polls: int, patience: float = PATIENCE) -> None:
        """Wait until it holds so many polls."""
        with anyio.fail_after(patience):
            while True:
                if (await self.health())["held_polls"] == polls:
                    return
                await asyncio.sleep(0.01)

    def logged(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    def faults(self) -> list[str]:
        """What it logged of faults of its own. A request that is cut short by a stop is none."""
        return [line for line in self.logged() if '"exception"' in line and "CancelledError" not in line]

    # --- its life ---

    def start(self) -> None:
        """Start it, and wait until it listens."""
        self._launch()
        while not self._listens():
            time.sleep(0.02)

    async def starts_up(self) -> None:
        """The same, while others go on."""
        self._launch()
        while not self._listens():  # noqa: ASYNC110 a process tells nobody
            await asyncio.sleep(0.02)

    def _launch(self) -> None:
        self.starts += 1
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.folder, env=self._environment, stdout=log, stderr=log
            )

    def _listens(self) -> bool:
        assert self.lives, self.logged()[-20:]
        return listens(self.port, self.address)

    def kill(self) -> None:
        """SIGKILL, wherever it was: as a power cut would."""
        assert self._process
        self._process.kill()
        self._process.wait()

    async def is_killed(self) -> None:
        await asyncio.to_thread(self.kill)

    def stop(self) -> float:
        """SIGTERM: the seconds until it has ended."""
        assert self._process
        began = time.monotonic()
        self._process.terminate()
        self.waits(PATIENCE)
        return time.monotonic() - began

    async def is_stopped(self) -> float:
        return await asyncio.to_thread(self.stop)

    def waits(self, seconds: float) -> None:
        """For its end. Raises TimeoutExpired."""
        assert self._process
        self._process.wait(seconds)

    def end(self) -> None:
        """Leave nothing of it behind."""
        for poll in self.clients:
            poll.hangs_up()
        if self.lives:
            self.kill()

    async def ends(self) -> None:
        self.end()

    # --- its data ---

    def fill(self, room: str, texts: Iterable[str]) -> None:
        """Store what somebody said an hour ago, in a room that no window has open, or while the server is down."""
        lines = [conversation.Said("me", text, minutes_ago=60) for text in texts]
        conversation.fill(self.database, room, lines, me="the-day-before--")

    def said(self, room: str) -> list[str]:
        """The messages in the room's log, oldest first."""
        query = "SELECT text FROM event JOIN room ON room.id = room WHERE name = ? AND kind = 'message' ORDER BY seq"
        with closing(sqlite3.connect(self.database)) as database:
            return [text for (text,) in database.execute(query, (room,))]
