"""A poll's whole answer, made once and sent to every window that waits for it."""

import gzip
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import brotli

from chat.delivery.drawn import Drawn
from chat.delivery.tail import Tail
from chat.domain.seats import public_name
from chat.sizes import Sizes
from chat.web.drawing.renderer import Fragment, Renderer
from chat.web.http.asgi import Message, Scope, Send
from chat.web.http.security import SWAP, Header
from chat.web.polls.query import PollQuery

TRIGGER_NOW = "load, every 2s"
"""The next poll starts at once; the clock is the safety net after a failure."""
TRIGGER_PACED = "every 2s"
"""There is no place to hold the window's poll."""
SMALL = 1024
"""Bytes of a body that is not worth compressing."""

Messages = tuple[Message, Message]
"""The two messages of an ASGI response."""
COMPRESSED: dict[bytes, Callable[[bytes], bytes]] = {
    b"br": partial(brotli.compress, quality=5),
    b"gzip": partial(gzip.compress, mtime=0),
}


class Answer:
    """An ordinary answer to a poll, made once. It carries none of a page's headers."""

    __slots__ = ("_forms", "body")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._forms: dict[bytes, Form] = {}

    async def send(self, scope: Scope, send: Send) -> None:
        """Send it by ASGI messages, as small as the client can take it."""
        start, body = self._form(dict(scope["headers"]).get(b"accept-encoding", b"")).messages
        await send(start)
        await send(body)

    def wire(self, accepted: bytes) -> bytes:
        """Its headers and its body as HTTP/1.1, for a client that takes these encodings."""
        return self._form(accepted).wire

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return 2 * len(self.body)

    def _form(self, accepted: bytes) -> "Form":
        encoding = b""
        if len(self.body) > SMALL:
            encoding = next((known for known in COMPRESSED if known in accepted), b"")
        form = self._forms.get(encoding)
        if form is None:
            form = self._forms[encoding] = self._make(encoding)
        return form

    def _make(self, encoding: bytes) -> "Form":
        messages = _messages(self.body)
        if encoding:
            messages = _messages(COMPRESSED[encoding](self.body), (b"content-encoding", encoding))
        start, body = messages
        head = b"".join([name + b": " + value + b"\r\n" for name, value in start["headers"]])
        return Form(messages, head + b"\r\n" + body["body"])


class Form(NamedTuple):
    """An answer in one encoding."""

    messages: Messages
    wire: bytes


def _messages(body: bytes, *more: Header) -> Messages:
    return (
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-length", str(len(body)).encode()),
                (b"content-type", b"text/html; charset=utf-8"),
                (b"cache-control", b"no-store"),
                *more,
                SWAP,  # first and last as they are: see `security.unbroken`
            ],
        },
        {"type": "http.response.body", "body": body, "more_body": False},
    )


class Unread(NamedTuple):
    """What the title says of the messages that came while the visitor looks elsewhere."""

    messages: int
    mentioned: bool
    """Whether one of them mentions the visitor."""


class Answers:
    """Makes answers, and keeps in the tail those that others will ask for too."""

    def __init__(self, sizes: Sizes, here: Callable[[str], str]) -> None:
        """`here` tells how many are in a room, as it is shown."""
        self._sizes = sizes
        self._here = here

    def shared(self, renderer: Renderer, tail: Tail, query: PollQuery, seat: str, trigger: str = TRIGGER_NOW) -> Answer:
        """What follows a cursor that the tail covers: the same object for all who ask the same."""
        unread = None if query.seen is None else self.unread(tail, seat, query.seen, tail.last)
        here = None if query.here is None else self.here(tail.room, query)
        key = (renderer.audience, query.after, query.first, query.trim_from, unread, here, trigger)
        answer: Answer | None = tail.answers.get(key)
        if answer is None:
            drawn, cursor = tail.news(query.after, renderer.audience, self._sizes.poll_page)
            answer = Answer(self.compose(renderer, tail.room, query, drawn, cursor, unread, trigger))
            tail.keep(key, answer, answer.size)
        return answer

    def here(self, room: str, query: PollQuery) -> str | None:
        """The count of who is here, for a window that shows another one."""
        if query.here is None:
            return None
        here = self._here(room)
        return here if here != query.here else None

    def unread(self, tail: Tail, seat: str, seen: int, last: int) -> Unread:
        """What the title says to a visitor who looks elsewhere."""
        mentioned = bool(tail.called) and tail.called.get(public_name(seat), 0) > seen
        return Unread(min(max(last - seen, 0), self._sizes.unread_cap), mentioned)

    def compose(
        self,
        renderer: Renderer,
        room: str,
        query: PollQuery,
        drawn: Sequence[Drawn],
        cursor: int,
        unread: Unread | None,
        trigger: str = TRIGGER_NOW,
        *,
        marked: bool = False,
        begins: int | None = None,
    ) -> bytes:
        """These events, what else the window needs, and the next poller.

        `marked`: the window was absent, and a mark stands above these events, its unread. `begins`: what it shows has
        been erased, up to this number.
        """
        parts: list[bytes] = []
        if query.first:
            parts.append(renderer.render("polls/_alive.html"))
        if (here := self.here(room, query)) is not None:
            parts.append(renderer.here(here))
        if begins is not None:
            parts.append(renderer.render("polls/_crossed.html", first=begins, above="", reading=False, erased=True))
        elif query.trim_from is not None:
            parts.append(self._trimmed(renderer, query.after, query.trim_from))
        if unread is not None:
            parts.append(renderer.title(room, unread.messages, mentioned=unread.mentioned))
        if marked:
            parts.append(renderer.render("polls/_unread.html"))
        parts += [part for event in drawn for part in event]
        parts.append(renderer.poller(cursor, trigger, titled=bool(unread and unread.messages)))
        return b"".join(parts)

    def _trimmed(self, renderer: Renderer, after: int, first_shown: int) -> Fragment:
        """What takes the oldest messages away from a window that shows those from `first_shown` to `after`."""
        first = after - self._sizes.trim_to + 1
        gone = range(max(first_shown, first - self._sizes.trim_at_once), first)
        ids = ",".join([f"#m{seq}" for seq in gone])
        return renderer.render("polls/_trimmed.html", first=first, gone=ids, above="", reading=False)
