"""A poll's whole answer, made once and sent to every window that waits for it."""

import gzip
from collections.abc import Callable
from functools import partial

import brotli

from chat.delivery.tail import Drawn, Tail
from chat.web.drawing.fragments import MANY, Fragment, Fragments
from chat.web.http.asgi import Message, Scope, Send
from chat.web.http.security import SWAP, Header
from chat.web.polls.query import Asked

PAGE = 100
"""Events in one answer, at most: a slow phone that missed thousands takes them in pages."""
KEPT = 200
"""Messages that stay in a window when its oldest are taken away."""
MOST_TAKEN = 2000
"""Messages that are taken away at once."""
AT_ONCE = "load, every 2s"
"""The next poll starts at once; the clock is the safety net after a failure."""
PACED = "every 2s"
"""There is no place to hold the window's poll."""


SMALL = 1024
"""Bytes of a body that is not worth compressing."""


class Answer:
    """An ordinary answer to a poll, made once. It carries none of a page's headers."""

    __slots__ = ("_compressed", "_plain", "size")

    def __init__(self, body: bytes) -> None:
        self.size = len(body)
        self._plain = messages(body)
        self._compressed: dict[bytes, Messages] = {}

    async def send(self, scope: Scope, send: Send) -> None:
        """Send it, as small as the client can take it."""
        start, body = self._plain if self.size <= SMALL else self._smallest(scope)
        await send(start)
        await send(body)

    def _smallest(self, scope: Scope) -> "Messages":
        accepted = b",".join([value for name, value in scope["headers"] if name == b"accept-encoding"])
        encoding = next((known for known in COMPRESSED if known in accepted), None)
        if encoding is None:
            return self._plain
        if encoding not in self._compressed:
            body = COMPRESSED[encoding](self._plain[1]["body"])
            self._compressed[encoding] = messages(body, (b"content-encoding", encoding))
        return self._compressed[encoding]


Messages = tuple[Message, Message]
"""The two messages of an ASGI response."""
COMPRESSED: dict[bytes, Callable[[bytes], bytes]] = {
    b"br": partial(brotli.compress, quality=5),
    b"gzip": partial(gzip.compress, mtime=0),
}


def messages(body: bytes, *more: Header) -> Messages:
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


def news(fragments: Fragments, tail: Tail, language: str, asked: Asked, pace: str = AT_ONCE) -> Answer:
    """What follows a cursor that the tail covers: the same object for all who ask the same."""
    unread = None if asked.seen is None else min(max(tail.last - asked.seen, 0), MANY)
    key = (language, asked.after, asked.first, asked.overlong, unread, pace)
    ready: Answer | None = tail.answers.get(key)
    if ready is None:
        drawn, cursor = tail.news(asked.after, language, PAGE)
        ready = Answer(compose(fragments, tail.room, language, asked, drawn, cursor, unread, pace))
        tail.keep(key, ready, ready.size)
    return ready


def compose(
    fragments: Fragments,
    room: str,
    language: str,
    asked: Asked,
    drawn: list[Drawn],
    cursor: int,
    unread: int | None,
    pace: str = AT_ONCE,
    away: bool = False,
) -> bytes:
    """These events, what else the window needs, and the next sentinel.

    `unread`: how many the title counts, where it counts. `away`: the window was away, and these are its unread.
    """
    parts: list[bytes] = []
    if asked.first:
        parts.append(fragments.render("polls/_alive.html", language))
    if asked.overlong is not None:
        parts.append(_trimmed(fragments, language, asked.after, asked.overlong))
    if unread is not None:
        parts.append(fragments.title(room, unread, language))
    if away:
        parts.append(fragments.render("polls/_unread.html", language))
    parts += [part for event in drawn for part in event]
    parts.append(fragments.poller(cursor, language, pace, told=bool(unread)))
    return b"".join(parts)


def _trimmed(fragments: Fragments, language: str, after: int, shown_from: int) -> Fragment:
    """What takes the oldest messages away from a window that shows those from `shown_from` to `after`."""
    first = after - KEPT + 1
    gone = ",".join([f"#m{seq}" for seq in range(max(shown_from, first - MOST_TAKEN), first)])
    return fragments.render(
        "polls/_trimmed.html", language, {"first": first, "gone": gone, "above": None, "reading": False}
    )
