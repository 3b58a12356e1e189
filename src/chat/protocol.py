"""HTTP/1.1 whose requests have an end, in length, number and time: uvicorn's own takes whatever comes into memory."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chat.live.places import CONNECTION, Connection

LARGEST_HEAD = 16 * 1024
"""Bytes of an address and its headers; what other sites of the same host keep in cookies must find room too."""
MOST_BESIDE = 64 * 1024
"""Bytes of a request that are not its body: its head on the way, the framing of its chunks, what may follow them."""
MOST_AT_ONCE = 256
"""Requests of one connection that may wait for the answers before theirs; no browser sends more than one."""
REQUEST_SECONDS = 30.0
"""For a request to come whole."""


class BoundedProtocol(HttpToolsProtocol):
    """Ends the connection of a request that has no end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.connection = Connection(self.pipeline)
        self._beside = 0
        self._began = False
        self._part = 0
        self._whole = False
        """Nothing of a request is missing that has begun."""
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._be_patient()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)
        self.connection.lose()

    def data_received(self, data: bytes) -> None:
        self._began = False
        self._part = len(data)
        super().data_received(data)
        if not self._began:  # the part in which a request begins may hold others before it
            self._beside += len(data)
            if self._beside > MOST_BESIDE:
                self.transport.abort()
        if self._whole:
            if self._patience:
                self._stop_waiting()
        elif not self._patience:
            self._be_patient()

    def _be_patient(self) -> None:
        self._patience = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[CONNECTION] = self.connection  # type: ignore[literal-required]
        self._began = True
        self._whole = False
        self._beside = 0

    def on_headers_complete(self) -> None:
        if self._beside + self._part > LARGEST_HEAD and self._head_size() > LARGEST_HEAD:
            raise ValueError("request head too large")  # the parser's way to say: 400
        if len(self.pipeline) >= MOST_AT_ONCE:
            raise ValueError("too many requests at once")
        super().on_headers_complete()
        if self.pipeline:
            self.connection.let_go()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._whole = True

    def on_body(self, body: bytes) -> None:
        if not self._began:
            self._beside -= len(body)
        super().on_body(body)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
