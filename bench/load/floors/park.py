"""Polls that wait in uvicorn's protocol class and never become an ASGI task: what a task, a scope and two sends cost.

/poll with no news puts its connection into a set, and that is all; a message is then
one write of the same bytes to each of them. Everything else goes to the bare application.
"""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bench.load.floors.asgi import Room, app, room, serve

POLL = b"/poll?after="
waiting: set["Park"] = set()


def answer(after: int) -> bytes:
    body = room.fragment(after)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: %d\r\n\r\n"
    return head % len(body) + body


class Park(HttpToolsProtocol):
    """A connection that may wait by itself."""

    parked = False

    def on_headers_complete(self) -> None:
        self.parked = self.url.startswith(POLL)
        if not self.parked:
            return super().on_headers_complete()
        after = int(self.url.removeprefix(POLL))
        if after < len(room.lines):
            self.tell(answer(after))
        else:
            waiting.add(self)

    def on_body(self, body: bytes) -> None:
        if not self.parked:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self.parked:
            super().on_message_complete()

    def connection_lost(self, exc: Any) -> None:
        waiting.discard(self)
        super().connection_lost(exc)

    def tell(self, data: bytes) -> None:
        self.transport.write(data)
        self.server_state.total_requests += 1


class ParkedRoom(Room):
    """Tells those who are parked."""

    def publish(self, text: bytes) -> None:
        super().publish(text)
        data = answer(len(self.lines) - 1)
        for one in waiting:
            one.tell(data)
        waiting.clear()


if __name__ == "__main__":
    room.__class__ = ParkedRoom
    serve(app, http=Park)
