"""A poll's whole answer, made once and sent to every window that waits for it."""

from typing import NamedTuple

from chat.live.tail import Tail
from chat.web.asgi import Message, Send
from chat.web.fragments import MANY, Fragments
from chat.web.security import SWAP

PAGE = 100
"""Events in one answer, at most: a slow phone that missed thousands takes them in pages."""
AT_ONCE = "load, every 2s"
"""The next poll starts at once; the clock is the safety net after a failure."""
PACED = "every 2s"
"""There is no place to hold the window's poll."""


class Answer(NamedTuple):
    """The two messages of an ASGI response."""

    start: Message
    body: Message

    async def send(self, send: Send) -> None:
        await send(self.start)
        await send(self.body)


def answer(body: bytes) -> Answer:
    """An ordinary answer to a poll. It carries none of a page's headers."""
    return Answer(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-length", str(len(body)).encode()),
                (b"content-type", b"text/html; charset=utf-8"),
                (b"cache-control", b"no-store"),
                SWAP,  # first and last as they are: see `security.unbroken`
            ],
        },
        {"type": "http.response.body", "body": body, "more_body": False},
    )


def news(
    fragments: Fragments, tail: Tail, after: int, language: str, pace: str, first: bool, seen: int | None = None
) -> Answer:
    """What follows a cursor that the tail covers, and the next sentinel: the same object for all who ask the same.

    `seen`: the last message that a visitor who looks elsewhere has seen; the title says how many came since.
    """
    unread = None if seen is None else min(max(tail.last - seen, 0), MANY)
    key = (after, language, pace, first, unread)
    ready: Answer | None = tail.answers.get(key)
    if ready is None:
        drawn, cursor = tail.news(after, language, PAGE)
        parts: list[bytes] = [fragments.render("_alive.html", language)] if first else []
        if unread is not None:
            parts.append(fragments.title(tail.room, unread, language))
        parts += [part for event in drawn for part in event]
        body = b"".join([*parts, fragments.poller(cursor, language, pace, told=bool(unread))])
        ready = answer(body)
        tail.keep(key, ready, len(body))
    return ready
