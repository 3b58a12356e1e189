"""An answer that is read while it is being written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx

from chat.web.http.asgi import ASGIApp, Message
from tests.kit.chats import PATIENCE


class Stream:
    """The answer so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers = httpx.Headers()
        self.text = ""
        self.ended = False
        self._left = asyncio.Event()
        self._progress = asyncio.Event()

    async def reads(self, until: str) -> None:
        """Read on until this has come."""
        with anyio.fail_after(PATIENCE):
            while until not in self.text:
                assert not self.ended, f"{until!r} did not come: {self.text}"
                await self._comes()

    async def reads_to_the_end(self) -> None:
        with anyio.fail_after(PATIENCE):
            while not self.ended:
                await self._comes()

    async def _comes(self) -> None:
        await self._progress.wait()
        self._progress.clear()

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = httpx.Headers(message["headers"])
        else:
            self.text += message.get("body", b"").decode()
            self.ended = not message.get("more_body", False)
        self._progress.set()


@asynccontextmanager
async def streaming(app: ASGIApp, request: httpx.Request, address: str) -> AsyncIterator[Stream]:
    """Send a request and read the answer as it comes; at the end, hang up."""
    stream = Stream()
    answering = app(_scope(request, address), stream._receive, stream._send)
    task = asyncio.ensure_future(answering)
    try:
        yield stream
    finally:
        stream._left.set()
        with anyio.fail_after(PATIENCE):
            await task


def _scope(request: httpx.Request, address: str) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.split(b"?")[0],
        "query_string": request.url.query,
        "server": (request.url.host, 80),
        "client": (address, 50000),
        "root_path": "",
    }
