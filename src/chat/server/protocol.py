"""HTTP/1.1 whose requests, connections and memory have an end: uvicorn's own takes whatever comes.

uvicorn parses, answers, keeps alive and closes. Here stands what it leaves open: how large and how long a request may
be, that a connection's requests are taken one after the other, and that nothing stays of a client that has left.
"""

import asyncio
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from chat.delivery.places import CONNECTION, Connection
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
HEAD_END = b"\r\n\r\n"


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
        """The request that is being answered; uvicorn's `cycle` is the one that was parsed last."""
        self._ahead = b""
        """What was read behind it, not parsed yet."""
        self._began = False
        self._piece = 0
        self._head_bytes = 0
        self._overhead_bytes = 0
        self._complete = False
        """Nothing of a request is missing that has begun."""
        self._deadline: asyncio.TimerHandle | None = None

    # --- the connection ---

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._shared.add(self)
        self._start_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything. uvicorn keeps a reset connection, with its request, for the keep-alive time, and
        tells of requests before the last one parsed that their client is gone to nobody."""
        self._stop_deadline()
        self._shared.remove(self, len(self._ahead))
        if (running := self._running) and not running.response_complete:
            running.disconnected = True
            running.message_event.set()
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        self._ahead = b""
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

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._ahead or self._is_answering():
            self._keep(data)
        else:
            self._parse(data)

    def take_turn(self) -> None:
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        ahead, self._ahead = self._ahead, b""
        self._shared.ahead -= len(ahead)
        self.connection.has_more = False
        self._parse(ahead)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._ahead and not self._is_answering():
            self._shared.wait_for_turn(self)

    def _is_answering(self) -> bool:
        return self._complete and self._running is not None and not self._running.response_complete

    def _keep(self, data: bytes) -> None:
        """Keep what must wait. Reading goes on for a while, so that a client that leaves is seen."""
        self._ahead += data
        self.connection.gets_more()
        if not self._shared.read_ahead(len(data)):
            self.transport.abort()
        elif len(self._ahead) > PAUSE_AHEAD:
            self.flow.pause_reading()

    def _parse(self, data: bytes) -> None:
        """Parse up to the end of a request, and keep the rest: a piece ends where a head may end."""
        start = 0
        while start < len(data):
            end = data.find(HEAD_END, start) + len(HEAD_END)
            if end < len(HEAD_END):
                end = len(data)
            if not self._parse_piece(data if end - start == len(data) else data[start:end]):
                return
            start = end
            if start < len(data) and self._is_answering():
                return self._keep(data[start:])

    def _parse_piece(self, piece: bytes) -> bool:
        """Whether the connection goes on."""
        self._began = False
        self._piece = len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            self._shared.log_bad_request("unsupported upgrade")
        except httptools.HttpParserError as error:
            self._shared.log_bad_request(str(error.__context__ or error))
            self.send_400_response("Invalid HTTP request received.")
            return False
        if not self._began:
            self._overhead_bytes += len(piece)
            if self._overhead_bytes > MOST_OVERHEAD:
                self.transport.abort()
                return False
        if self._complete:
            self._stop_deadline()
        elif not self._deadline:
            self._start_deadline()
        return not self.transport.is_closing()

    # --- the parser's calls; what they raise is answered as a bad request ---

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[CONNECTION] = self.connection  # type: ignore[literal-required]
        self._began = True
        self._complete = False
        self._head_bytes = self._overhead_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count_head(len(name) + len(value))
        if len(self.headers) >= MOST_HEADERS:
            raise ValueError("too many headers")
        super().on_header(name, value)

    def _count_head(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > LARGEST_HEAD:
            raise ValueError("request head too large")

    def on_headers_complete(self) -> None:
        if self.pipeline:
            raise ValueError("too many requests at once")
        self._shared.has_spoken(self)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._began:
            self._overhead_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._complete = True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)
