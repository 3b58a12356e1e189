"""HTTP/1.1 whose requests, connections and memory have an end: uvicorn's own takes whatever comes.

uvicorn parses, answers, keeps alive and closes. Here stands what it leaves open: how large and how long a request may
be, that a connection's requests are taken one after the other, and that nothing stays of a client that has left.
"""

import asyncio
import re
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chat.delivery.places import CONNECTION, Connection
from chat.domain.networks import plain
from chat.server.connections import Connections

LARGEST_HEAD = 16 * 1024
"""Bytes of an address and its headers; what other sites of the same host keep in cookies must find room too."""
MOST_HEADERS = 100
"""Headers of a request. Browsers send about 20, a chain of proxies adds about as many; Apache's bound is 100 too.
Each costs memory beyond its text, however short it is."""
MOST_OVERHEAD = 64 * 1024
"""Bytes of a request that are not its body: its head on the way, the framing of its chunks, what may follow them."""
PAUSE_AHEAD = 16 * 1024
"""Bytes behind a request that is not answered yet; then the connection is not read any further."""
REQUEST_SECONDS = 30.0
"""For a request to come whole."""
MOST_LINES = MOST_HEADERS + 2
"""Of a head: the request's own line, its headers, an empty one."""
HEAD_END = b"\r\n\r\n"
FRAMING = 4
"""Bytes of a header's line that are neither its name nor its value."""
NOT_ASCII = re.compile(rb"[\x80-\xff]")


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self, *arguments: Any, shared: Connections, request_seconds: float = REQUEST_SECONDS, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self.connection = Connection()
        """What a held poll is told of this connection."""
        self._shared = shared
        self._request_seconds = request_seconds
        self._running: RequestResponseCycle | None = None
        """The request that is being answered while another was parsed behind it, which uvicorn's `cycle` is then."""
        self._ahead = bytearray()
        """What was read behind it, not parsed yet."""
        self._kept = 0
        """How much of that is counted among what all connections keep."""
        self._began = False
        self._silent = True
        self._in_head = True
        """The next bytes belong to a head."""
        self._head_bytes = self._head_lines = 0
        self._overhead_bytes = 0
        self._complete = True
        """Nothing of a request is missing that has begun."""
        self._deadline: asyncio.TimerHandle | None = None
        self.idle_since: float | None = None
        """When its last answer was whole, in seconds of the loop; None while it has a request."""

    # --- the connection ---

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client:  # before a trusted proxy is looked for
            self.client = (plain(self.client[0]), self.client[1])
        self._shared.add(self)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything. uvicorn tells of requests before the last one parsed that their client is gone to
        nobody."""
        self._stop_deadline()
        self._shared.remove(self, self._kept)
        if (running := self._running) and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)
        self._ahead.clear()
        self._kept = 0
        self.pipeline.clear()
        self._running = self.cycle = self.scope = self.headers = None  # type: ignore[assignment]
        self.connection.lose()

    def _start_deadline(self) -> None:
        self._deadline = self.loop.call_later(self._request_seconds, self.transport.abort)

    def _stop_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    # --- reading: one request after the other ---

    def is_answering(self) -> bool:
        """Whether a whole request waits for its answer."""
        return self._complete and self.cycle is not None and not self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        self.idle_since = None
        if self._ahead or self.is_answering():
            self._ahead += data
            self._keep_ahead()
        elif -1 < data.find(HEAD_END) < len(data) - len(HEAD_END):
            self._ahead += data
            self._advance()
        else:  # nearly always: one whole head, and no more
            self._parse(data)

    def take_turn(self) -> None:
        if not self.transport.is_closing():
            self.idle_since = None
            self._advance()

    def _end_turn(self) -> None:
        """What a response with something behind it ends with, in the place of uvicorn's own."""
        running, self._running = self._running, None
        self.on_response_complete()
        if running:
            self.cycle.on_response = self._end_turn
        elif self._ahead:
            self._shared.wait_for_turn(self)

    def on_response_complete(self) -> None:
        """Begin what uvicorn has parsed already; else the connection is idle. `Connections` ends idle ones."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.idle_since = self.loop.time()

    def _advance(self) -> None:
        """Parse what was read, up to the end of a request: a piece ends where a head may end."""
        self.connection.has_more = False
        ahead = self._ahead
        while ahead and not self.is_answering():
            end = ahead.find(HEAD_END) + len(HEAD_END)
            piece = bytes(ahead[:end] if end >= len(HEAD_END) else ahead)
            del ahead[: len(piece)]
            if not self._parse(piece):
                ahead.clear()
        self._keep_ahead()

    def _keep_ahead(self) -> None:
        """Keep what must wait. Reading goes on for a while, so that a client that leaves is seen."""
        if self._ahead:
            self.connection.gets_more()
        kept, self._kept = self._kept, len(self._ahead)
        if self._ahead:
            cycle = self._running or self.cycle
            if cycle is None or cycle.response_complete:  # it has just been answered
                self._shared.wait_for_turn(self)
            else:
                cycle.on_response = self._end_turn
        if not self._shared.read_ahead(self._kept - kept):
            self.transport.abort()
        elif self._kept > PAUSE_AHEAD:
            self.flow.pause_reading()

    def _parse(self, piece: bytes) -> bool:
        """Whether the connection goes on."""
        self._began = False
        if self._in_head and not self._head_lines and not piece.isascii():
            piece = with_ascii_address(piece)
        suspect = self._in_head and (self._head_bytes or len(piece) > LARGEST_HEAD or piece.count(b"\n") > MOST_LINES)
        if suspect and self._is_too_large(piece):  # before the parser makes objects of it
            return self._refuse("request head too large")
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._shared.log_bad_request("unsupported upgrade")
        except httptools.HttpParserError as error:
            return self._refuse(str(error.__context__ or error))
        if not self._began:
            self._overhead_bytes += len(piece)
            if self._overhead_bytes > MOST_OVERHEAD:
                self.transport.abort()
                return False
        if self._complete and not self._silent:
            if self._deadline:
                self._stop_deadline()
        else:
            if self._in_head and not self._head_bytes:
                self._is_too_large(piece)  # its first part: for the next ones
            if not self._deadline:
                self._start_deadline()
        return True

    def _is_too_large(self, piece: bytes) -> bool:
        """Count a part of a head."""
        self._head_lines += piece.count(b"\n")
        self._head_bytes += len(piece)
        return self._head_lines > MOST_LINES or self._head_bytes > LARGEST_HEAD + FRAMING * self._head_lines

    def _refuse(self, why: str) -> bool:
        self._shared.log_bad_request(why)
        self.send_400_response("Invalid HTTP request received.")
        return False

    # --- the parser's calls; what they raise is answered as a bad request ---

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[CONNECTION] = self.connection  # type: ignore[literal-required]
        self._began = True
        self._complete = False
        self._overhead_bytes = 0

    def on_headers_complete(self) -> None:
        if self.pipeline:
            raise ValueError("too many requests at once")
        if self._silent:
            self._silent = False
            self._shared.has_spoken(self)
        hosts = [name for name, _ in self.headers if name == b"host"]
        if len(hosts) != 1 and (hosts or self.parser.get_http_version() == "1.1"):
            raise ValueError("a request needs one Host")
        before = self.cycle
        super().on_headers_complete()
        self._in_head = False
        if self._head_bytes:
            self._head_bytes = self._head_lines = 0
        if self.pipeline:
            self._running = before
            before.on_response = self._end_turn

    def on_body(self, body: bytes) -> None:
        if not self._began:
            self._overhead_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._complete = self._in_head = True


def with_ascii_address(piece: bytes) -> bytes:
    """The beginning of a request, its first line in ASCII: some clients send addresses as UTF-8, and a parser that is
    strict answers them with a line that nobody can read."""
    line, end, rest = piece.partition(b"\n")
    return NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest
