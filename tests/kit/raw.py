"""Requests that no browser sends, byte by byte, as a server passes them on."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

import anyio
import httpx

from chat.web.http.asgi import ASGIApp, Message
from tests.kit.chats import PATIENCE

Headers = list[tuple[bytes, bytes]]


async def answer_to(
    app: ASGIApp,
    method: str,
    target: bytes,
    headers: Headers | None = None,
    body: Iterable[bytes] = (b"",),
    hangs_up: bool = False,
) -> httpx.Response:
    """The answer to this request; `hangs_up`: the client is gone before the body's end."""
    path, _, query = target.partition(b"?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "headers": [(name.lower(), value) for name, value in headers or [(b"host", b"chat.test")]],
        "scheme": "http",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "server": ("127.0.0.1", 8000),
        "client": ("192.0.2.99", 50000),
        "root_path": "",
        "state": {},
    }
    parts = list(body)
    sent: list[Message] = []

    async def receive() -> Message:
        if parts:
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts) or hangs_up}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with anyio.fail_after(PATIENCE):
        await app(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert not rest[-1].get("more_body", False)
    for name, value in start["headers"]:
        assert not set(b"\r\n\0") & set(name + value), (name, value)
    content = b"".join(message.get("body", b"") for message in rest)
    return httpx.Response(start["status"], headers=start["headers"], content=content)
