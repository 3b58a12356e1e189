"""The least an ASGI application can do, under the same uvicorn.

/idle   204
/poll   held until there is news (one asyncio.Event for everybody, no time limit)
/post   a form, kept in memory
/keep   a form, answered when SQLite has it on disk; what waits meanwhile shares a commit
"""

import asyncio
import gc
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs

import uvicorn

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
HTML = [(b"content-type", b"text/html; charset=utf-8")]
SENTINEL = b'<div id="poll" hx-get="/poll?after=%d" hx-trigger="load" hx-swap="outerHTML"></div>'
LINE = b'<li id="m%d"><b>guest</b> <span>%s</span></li>'


class Room:
    """Messages, and who waits for the next one."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.news = asyncio.Event()

    def fragment(self, after: int) -> bytes:
        return b"".join(self.lines[after:]) + SENTINEL % len(self.lines)

    def publish(self, text: bytes) -> None:
        self.lines.append(LINE % (len(self.lines) + 1, text))
        before, self.news = self.news, asyncio.Event()
        before.set()


class Store:
    """One connection in one thread: everything that waits is written in one transaction."""

    def __init__(self, path: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._thread.submit(self._open, path).result()
        self._queue: list[tuple[str, asyncio.Future[None]]] = []
        self._busy = False

    def _open(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT, at TEXT)")

    def _write(self, rows: list[tuple[str]]) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany("INSERT INTO message (text, at) VALUES (?, datetime('now'))", rows)
        self._database.execute("COMMIT")

    async def add(self, text: str) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((text, done))
        if not self._busy:
            await self._drain()
        await done

    async def _drain(self) -> None:
        self._busy = True
        while self._queue:
            batch, self._queue = self._queue, []
            rows = [(text,) for text, _ in batch]
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)
            for _, stored in batch:
                stored.set_result(None)
        self._busy = False


room = Room()
store: Store | None = None


def tune_collector() -> None:
    """As asked for by FLOOR_COLLECTOR: `lazy` looks as rarely as the chat's own does."""
    if os.environ.get("FLOOR_COLLECTOR") == "lazy":
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)


async def reply(send: Send, status: int, body: bytes = b"") -> None:
    headers = [*HTML, (b"content-length", b"%d" % len(body))] if body else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def read_text(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        event = await receive()
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return parse_qs(body)[b"text"][0]


async def poll(scope: dict[str, Any], send: Send) -> None:
    after = int(scope["query_string"][6:])
    if after >= len(room.lines):
        await room.news.wait()
    await reply(send, 200, room.fragment(after))


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    if scope["path"] == "/idle":
        await reply(send, 204)
    elif scope["path"] == "/poll":
        await poll(scope, send)
    elif scope["path"] == "/":
        await reply(send, 200, room.fragment(len(room.lines)))
    else:
        text = await read_text(receive)
        if scope["path"] == "/keep":
            await kept(text)
        room.publish(text)
        await reply(send, 204)


async def kept(text: bytes) -> None:
    global store
    store = store or Store(os.environ["FLOOR_DATABASE"])
    await store.add(text.decode())


def serve(application: Any, http: Any = "httptools") -> None:
    """Serve as the chat is served."""
    tune_collector()
    uvicorn.run(
        application,
        port=int(sys.argv[1]),
        loop="uvloop",
        http=http,
        lifespan="off",
        access_log=False,
        log_level="warning",
        backlog=8192,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    serve(app)
