"""An HTTP/1.1 connection that knows when the kernel received an answer."""

import re
import select
import socket
import struct
import time
from typing import NamedTuple

from bench.load.loop import Loop, Waker, wait

SO_TIMESTAMPNS = 35
CLOCK = time.time_ns
"""The clock of the kernel's time stamps."""
COOKIE = re.compile(r"(?i)\r\nset-cookie:[ \t]*([^=\r]+)=([^;\r]*)")


class Answer(NamedTuple):
    """An answer; `status` 0 when the server hung up."""

    status: int
    head: bytes
    body: bytes
    at: int
    """When its last bytes came, by CLOCK."""

    def header(self, name: str) -> str:
        found = re.search(rb"(?i)\r\n%s:[ \t]*([^\r]*)" % name.encode(), self.head)
        return found[1].decode() if found else ""

    def cookies(self) -> dict[str, str]:
        return dict(COOKIE.findall(self.head.decode("latin-1")))


class Connection:
    """One request at a time; opened when first used, and again after the server has closed it."""

    def __init__(self, loop: Loop, address: tuple[str, int]) -> None:
        self.loop = loop
        self.address = address
        self.received = 0
        """Bytes, ever."""
        self._socket: socket.socket | None = None
        self._in = self._out = b""
        self._request = b""
        self._waker: Waker | None = None
        self._gone = self._used = False
        self._at = 0

    async def ask(self, request: bytes) -> Answer:
        """Send a request and wait for its answer."""
        if self._gone:
            self.close()
        self._used = self._socket is not None
        self._request = request
        return await wait(lambda waker: self._begin(waker))  # type: ignore[no-any-return]

    def close(self) -> None:
        if self._socket:
            del self.loop.sources[self._socket.fileno()]
            self._socket.close()
        self._socket, self._in, self._out, self._gone = None, b"", b"", False

    def _begin(self, waker: Waker) -> None:
        self._waker = waker
        self._write(self._request)

    def _open(self) -> socket.socket:
        opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        opened.connect_ex(self.address)
        self.loop.sources[opened.fileno()] = self
        self.loop.epoll.register(opened.fileno(), select.EPOLLIN)
        return opened

    def _write(self, data: bytes) -> None:
        if self._socket is None:
            self._socket = self._open()
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent, self._gone = len(data), True
        self._out = data[sent:]
        if self._out:
            self.loop.epoll.modify(self._socket.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def ready(self, event: int) -> bool:
        if self._socket and self._out and event & select.EPOLLOUT:
            self.loop.epoll.modify(self._socket.fileno(), select.EPOLLIN)
            self._write(self._out)
        if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self._read()
            return True
        return self._gone

    def _read(self) -> None:
        if self._socket is None:
            return
        try:
            data, notes, _, _ = self._socket.recvmsg(65536, 64)
        except BlockingIOError:
            return
        except OSError:
            data, notes = b"", []
        if not data:
            self._gone = True
            return
        self._at = stamp(notes[0][2]) if notes else CLOCK()
        self.received += len(data)
        self._in = self._in + data if self._in else data

    def handle(self) -> None:
        if self._waker is None:
            if self._gone:
                self.close()
            return
        answer = self._answer()
        if answer is None and not self._gone:
            return
        if answer is None and self._used and not self._in:  # it closed while idle: ask again, as browsers do
            self.close()
            self._used = False
            return self._write(self._request)
        if answer is None or self._gone or b"\r\nconnection: close" in answer.head:
            self.close()
        waker, self._waker = self._waker, None
        waker(answer or Answer(0, b"", b"", CLOCK()))

    def _answer(self) -> Answer | None:
        """The answer, once it is whole."""
        head, end, rest = self._in.partition(b"\r\n\r\n")
        if not end:
            return None
        status = int(head[9:12])
        size = 0 if status in (204, 304) else content_length(head)
        if len(rest) < size:
            return None
        self._in = rest[size:]
        return Answer(status, head, rest[:size], self._at)


def stamp(note: bytes) -> int:
    seconds, nanoseconds = struct.unpack("qq", note)
    return int(seconds) * 1_000_000_000 + int(nanoseconds)


def content_length(head: bytes) -> int:
    start = head.lower().index(b"\r\ncontent-length:") + 17
    end = head.find(b"\r\n", start)
    return int(head[start : end if end > 0 else len(head)])
