"""The two doors of a chat: as an ASGI application, and through the connections of its own server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpcore
import httpx
from uvicorn import Config
from uvicorn.server import ServerState

from chat.app import Chat
from chat.domain import seats
from chat.server.connections import Connections
from chat.server.polling import PollingProtocol
from tests.kit.chats import PATIENCE
from tests.kit.wire import Answer, read_answer

DOORS = ["asgi", "connection"]


def way_to(chat: Chat, address: str, door: str) -> httpx.AsyncBaseTransport:
    """How the requests of a browser at this address come to the chat."""
    if door == "asgi":
        return httpx.ASGITransport(chat.asgi, client=(address, 50000))
    transport = httpx.AsyncHTTPTransport()
    transport._pool = httpcore.AsyncConnectionPool(network_backend=Network(chat, address))
    return transport


class Network(httpcore.AsyncNetworkBackend):
    """Connections from an address to a chat in the same process, without a socket."""

    def __init__(self, chat: Chat, address: str, application: Any = None) -> None:
        """`application`: what stands before the chat."""
        self._address = address
        self._shared = Connections(10_000)
        self._polls = chat.direct_polls
        self._config = Config(application or chat.asgi, log_config=None, access_log=False, server_header=False)

    async def connect_tcp(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        return Stream(self.connect())

    def connect(self) -> Line:
        state = ServerState()
        state.default_headers = [(b"date", b"Sun, 06 Nov 1994 08:49:37 GMT")]
        protocol = PollingProtocol(
            config=self._config, server_state=state, app_state={}, shared=self._shared, polls=self._polls
        )
        return Line(protocol, self._address)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Line(asyncio.Transport):
    """One connection, as the server has it."""

    def __init__(self, protocol: PollingProtocol, address: str) -> None:
        super().__init__({"peername": (address, 50000), "sockname": ("192.0.2.255", 80)})
        self.sent = asyncio.StreamReader(limit=2**24)
        self._protocol = protocol
        self._ended = False
        protocol.connection_made(self)

    def comes(self, data: bytes) -> None:
        self._protocol.data_received(data)

    def write(self, data: Any) -> None:
        self.sent.feed_data(bytes(data))

    def is_closing(self) -> bool:
        return self._ended

    def close(self) -> None:
        if not self._ended:
            self._ended = True
            self.sent.feed_eof()
            asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Stream(httpcore.AsyncNetworkStream):
    """The same, as the client has it."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 httpcore's signature
        return await self._line.sent.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not self._line.is_closing():
            self._line.comes(buffer)

    async def aclose(self) -> None:
        self._line.close()

    def get_extra_info(self, info: str) -> Any:
        """Whether there is something to read on a connection that should be silent: it has been closed."""
        return self._line.is_closing() if info == "is_readable" else None


class Site:
    """A chat behind its server's connections, which counts the requests that come by ASGI."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.by_asgi: list[str] = []
        self._networks: dict[str, Network] = {}

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        self.by_asgi.append(f"{scope['method']} {scope['path']}")
        await self.chat.asgi(scope, receive, send)

    def connection(self, address: str = "192.0.2.1") -> Line:
        if address not in self._networks:
            self._networks[address] = Network(self.chat, address, self)
        return self._networks[address].connect()


class Phone:
    """A window's polls, byte by byte."""

    def __init__(self, site: Site, room: str = "lobby", address: str = "192.0.2.1") -> None:
        ours = site.chat.services.seats
        self.seat = seats.new_id()
        self.path = f"/r/{room}/{self.seat}/messages"
        self.cookie = f"seat={ours.cookie(room, self.seat)}; browser={ours.browser_cookie(seats.new_id())}"
        self.line = site.connection(address)

    def request(self, query: str, *more: str, method: str = "GET", version: str = "1.1") -> bytes:
        lines = [
            f"{method} {self.path}?{query} HTTP/{version}",
            "Host: chat.test",
            f"Cookie: {self.cookie}",
            "HX-Request: true",
            *more,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    async def polls(self, query: str, *more: str, **how: str) -> Answer:
        self.line.comes(self.request(query, *more, **how))
        return await self.hears()

    async def hears(self) -> Answer:
        with anyio.fail_after(PATIENCE):
            return await read_answer(self.line.sent)
