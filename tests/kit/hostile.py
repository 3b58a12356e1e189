"""Clients who leave, lie, or never read: raw sockets."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Mapping

from tests.kit.wire import request

HUGE_HEAD = b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 15_000 + b"\r\n"
"""Sixty thousand bytes that cost a parser megabytes."""
SENDS_SECONDS = 0.2
"""For a server that does not read, a client does not wait."""


class Hostile:
    """Connections to a server on this machine, from an address of the loopback range."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self.connections: list[socket.socket] = []
        self._port = port
        self._address = address

    def connects(self) -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # before it connects, or its window is large
        connection.settimeout(10)
        connection.bind((self._address, 0))
        connection.connect(("127.0.0.1", self._port))
        self.connections.append(connection)
        return connection

    def sends(self, data: bytes, *, again: bool = True) -> None:
        """On a connection of its own, or on the last one."""
        connection = self.connects() if again or not self.connections else self.connections[-1]
        connection.settimeout(SENDS_SECONDS)
        with contextlib.suppress(OSError):
            connection.sendall(data)

    def asks(self, path: str, headers: Mapping[str, str], times: int = 1) -> None:
        """So many requests on one connection, without reading an answer."""
        self.sends(request("GET", path, headers) * times)

    def is_answered_or_cut(self) -> None:
        """Wait until something has come back on the last connection."""
        self.connections[-1].settimeout(10)
        with contextlib.suppress(ConnectionError):
            self.connections[-1].recv(1)

    def resets(self) -> None:
        """End every connection without a good-bye."""
        for connection in self.connections:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.leaves()

    def leaves(self) -> None:
        for connection in self.connections:
            connection.close()
        self.connections.clear()

    def cut(self) -> int:
        """How many connections the server has ended."""
        return sum(map(_is_cut, self.connections))


def _is_cut(connection: socket.socket) -> bool:
    """As the kernel knows: nothing is read, for a client that reads is no longer hostile."""
    established = 1
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != established
