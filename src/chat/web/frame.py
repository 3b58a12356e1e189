"""The log that updates by itself without JavaScript: one page that never ends, for the page's iframe."""

import asyncio
from collections.abc import AsyncIterator

import structlog

from chat.storage.database import UNAVAILABLE
from chat.web.answers import PAGE
from chat.web.fragments import Fragment
from chat.web.house import House
from chat.web.page import MESSAGES
from chat.web.windows import Window

logger = structlog.get_logger()

SECONDS = 600.0
"""Then the frame starts anew, which keeps its page short."""
PACE_SECONDS = 5
"""Until a frame that had no place to stay is loaded again: its browser needs its connections for posts and pages."""
AWAY_SECONDS = 6
"""Until a frame is loaded again whose server went away."""
BEAT = b"\n"
"""Sent when there was nothing for a while: keeps proxies from cutting the connection."""


def again(seconds: int) -> bytes:
    """The last bytes of a stream. A refresh that came earlier would end in an error page when the server dies."""
    return b'<meta http-equiv="refresh" content="%d">' % seconds


async def stream(house: House, window: Window, network: str, nonce: str) -> AsyncIterator[bytes]:
    """The newest messages, then each event as it comes; where there is no place for that, the messages alone."""
    with house.waiting.place(window.browser, network) as place:
        try:
            tail = await house.delivery.newest(window.room)
        except UNAVAILABLE as error:
            logger.warning("room not read", room=window.room, error=str(error))
            yield again(AWAY_SECONDS)
            return
        drawn, ahead = tail.page(window.language, MESSAGES)
        cursor = tail.last
        above = house.fragments.day_above(tail.find(ahead + 1), tail.before(ahead + 1))
        context = {"room": window.room, "seat": window.seat, "nonce": nonce, "first": ahead + 1, "above": above}
        lines = [Fragment(event.line) for event in drawn]
        yield house.fragments.render("live.html", window.language, {**context, "lines": lines})
        clock = asyncio.get_running_loop().time
        end = clock() + SECONDS
        while place and place.kept and clock() < end and not house.waiting.closing:
            if cursor == tail.last:
                await house.waiting.wait(tail, place)
            held = house.delivery.held(window.room)
            if held is None or not held.covers(cursor):
                break
            tail = held
            drawn, cursor = tail.news(cursor, window.language, PAGE)
            yield b"".join(event.line for event in drawn) or BEAT
            if any(event.change for event in drawn):
                break
        yield again(AWAY_SECONDS if house.waiting.closing else 1 if place and place.kept else PACE_SECONDS)
