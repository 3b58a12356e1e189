"""What all connections of a process share: how many there may be, what is read ahead, whose turn it is."""

import asyncio
import socket
import struct
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol

import structlog
from uvicorn.server import ServerState

AHEAD_BYTES = 16 * 2**20
"""Of all connections together, what was read but must wait for the answers before it."""
STALLED_SWEEPS = 3
"""A connection whose unsent bytes did not become fewer in so many sweeps is cut."""
KEEP_ALIVE_SECONDS = 75.0
"""A connection without a request is closed after so long, by the sweep that follows."""
SWEEP_SECONDS = 4.0
"""Between two sweeps."""
TURN_SECONDS = 0.005
"""Between two requests that were sent before the answer to the one before them was there, over all connections: no
browser sends such, and however many do, most of the time is left to the others."""
LOG_SECONDS = 10.0
"""Between two lines about bad requests."""
CUT_AT_ONCE = 20
"""When connections grow scarce, a twentieth of them is cut at once, so that few newcomers have to look for them."""

logger = structlog.get_logger()


class Connection(Protocol):
    """What is known of a connection here."""

    transport: Any
    idle_since: float | None

    def take_turn(self) -> None:
        """Go on with what was read ahead."""


class Connections:
    """The connections of a process; `most`: how many its open files allow."""

    def __init__(self, most: int, *, ahead_bytes: int = AHEAD_BYTES, log_seconds: float = LOG_SECONDS) -> None:
        self.most = most
        self.ahead = 0
        """Bytes that were read ahead."""
        self._ahead_limit = ahead_bytes
        self._open: dict[Connection, None] = {}
        self._silent: dict[Connection, None] = {}
        """Those that have sent nothing yet, oldest first."""
        self._turns: OrderedDict[Connection, None] = OrderedDict()
        self._unsent: dict[Connection, tuple[int, int]] = {}
        """Of each connection with unsent bytes: how many, and in how many sweeps they did not become fewer."""
        self._headers: list[tuple[bytes, bytes]] = []
        self._headers_sent = b""
        self._log_seconds = log_seconds
        self._logged_at = float("-inf")
        self._unlogged = 0

    def add(self, connection: Connection) -> None:
        """A connection was made; others are cut for it when there are too many."""
        self._open[connection] = self._silent[connection] = None
        if len(self._open) > self.most:
            self._make_room(connection)

    def has_spoken(self, connection: Connection) -> None:
        """The connection has sent something."""
        self._silent.pop(connection, None)

    def remove(self, connection: Connection, ahead: int) -> None:
        """The connection is gone, and with it what was read ahead of it."""
        self.ahead -= ahead
        for table in (self._open, self._silent, self._unsent):
            table.pop(connection, None)

    def read_ahead(self, count: int) -> bool:
        """So many bytes more wait; whether there is room for them."""
        self.ahead += count
        return self.ahead <= self._ahead_limit

    def wait_for_turn(self, connection: Connection) -> None:
        """The connection has more than one request: the next is begun when others had their turn."""
        self._turns[connection] = None
        if len(self._turns) == 1:
            asyncio.get_running_loop().call_later(TURN_SECONDS, self._next_turn)

    def _next_turn(self) -> None:
        connection, _ = self._turns.popitem(last=False)
        connection.take_turn()
        if self._turns:
            asyncio.get_running_loop().call_later(TURN_SECONDS, self._next_turn)

    def _make_room(self, newcomer: Connection) -> None:
        """Cut those that have sent nothing, oldest first; else those between two requests; else the newcomer."""
        count = max(1, self.most // CUT_AT_ONCE)
        silent = [one for one in islice(self._silent, count) if one is not newcomer]
        for connection in silent or list(islice(self._idle(), count)) or [newcomer]:
            self._open.pop(connection, None)
            self._silent.pop(connection, None)
            _cut(connection)

    def _idle(self) -> Iterator[Connection]:
        return (one for one in self._open if one.idle_since is not None)

    def own_headers(self, state: ServerState) -> bytes:
        """The headers that the server adds to every answer, as they are sent: the date, made anew every second."""
        if state.default_headers is not self._headers:
            self._headers = state.default_headers
            self._headers_sent = b"".join([name + b": " + value + b"\r\n" for name, value in self._headers])
        return self._headers_sent

    async def sweep(self) -> None:
        """Cut the connections whose readers do not read, and close those that have been idle for long."""
        idle_before = asyncio.get_running_loop().time() - KEEP_ALIVE_SECONDS
        for connection in list(self._open):
            if connection.idle_since is not None and connection.idle_since < idle_before:
                connection.transport.close()
                continue
            size = connection.transport.get_write_buffer_size()
            if not size:
                self._unsent.pop(connection, None)
                continue
            before, sweeps = self._unsent.get(connection, (size, 0))
            sweeps = sweeps + 1 if size >= before else 1
            self._unsent[connection] = size, sweeps
            if sweeps > STALLED_SWEEPS:
                _cut(connection)

    def log_bad_request(self, why: str) -> None:
        """One line for the operator, however many there are."""
        now = asyncio.get_running_loop().time()
        self._unlogged += 1
        if now - self._logged_at >= self._log_seconds:
            logger.warning("bad requests", latest=why, count=self._unlogged)
            self._logged_at, self._unlogged = now, 0


def _cut(connection: Connection) -> None:
    """End it at once: what was not sent is not kept by the kernel either."""
    if (ours := connection.transport.get_extra_info("socket")) is not None:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()
