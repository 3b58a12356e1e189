"""The log that updates by itself without JavaScript: one page that never ends, for the page's iframe."""

import math
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

import structlog
from litestar import get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Stream

from chat.storage.errors import Unavailable
from chat.web.http.requests import AnyRequest, is_plain
from chat.web.http.security import network_of, policy
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import Window
from chat.web.room.excerpt import newest

PACE_SECONDS = 5
"""Until a frame that had no place to stay is loaded again: its browser needs its connections for posts and pages."""
SERVER_RETRY_SECONDS = 6
"""Until a frame is loaded again whose server went away."""
BEAT_SECONDS = 5
"""Between two beats at least: every one is a style sheet more that the browser keeps until the log starts anew."""
SILENT_SECONDS = 35
"""Until a log that no beat has reached says that it has stopped. A beat comes with whatever ends a wait, which is held
25 s at most."""

logger = structlog.get_logger()


@get("/live", no_compress=True)
async def live(request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]) -> Stream:
    """The log for windows without JavaScript."""
    nonce = secrets.token_urlsafe(9)
    headers = {"Content-Security-Policy": policy(nonce), "X-Accel-Buffering": "no"}
    more = {
        "nonce": nonce,
        "plain": is_plain(request),
        "theme": theme_of(request),
        "embedded": window.frame is not None,
    }
    lines = stream(services, window, network_of(request.scope), more)
    return Stream(lines, media_type=MediaType.HTML, headers=headers)


class Beats:
    """Each puts off the line that says that the log has stopped: an animation of another name begins anew.

    Every beat has a name of its own: a hidden window, which draws nothing for long, must not take one for one it knows.
    """

    def __init__(self, nonce: str, now: Callable[[], float]) -> None:
        self._nonce = nonce
        self._now = now
        self._number = 0
        self._due = -math.inf

    def next(self) -> bytes:
        """A beat; soon after another an empty line, which keeps proxies from cutting the connection all the same."""
        if self._now() < self._due:
            return b"\n"
        self._due = self._now() + BEAT_SECONDS
        self._number += 1
        name = f"beat{self._number}"
        rule = f"@keyframes {name}{{to{{visibility:var(--then)}}}}.beat{{animation-name:{name}}}"
        return f'<style nonce="{self._nonce}">{rule}</style>\n'.encode()


def again(seconds: int) -> bytes:
    """The last bytes of a stream. A refresh that came earlier would end in an error page when the server dies."""
    return b'<meta http-equiv="refresh" content="%d">' % seconds


async def stream(services: Services, window: Window, network: str, more: dict[str, Any]) -> AsyncIterator[bytes]:
    """The newest messages, then each event as it comes; where there is no place for that, the messages alone.

    `more`: what the page's template needs besides.
    """
    hub, waiters, sizes, now = services.hub, services.waiters, services.sizes, services.jobs.clock.monotonic
    with waiters.place(window.browser, network) as place, services.presence.stays(window.room, window.seat):
        try:
            tail = await hub.newest(window.room)
        except Unavailable as error:
            logger.warning("room not read", room=window.room, error=str(error))
            yield again(SERVER_RETRY_SECONDS)
            return
        renderer = services.renderers[tail.admit(window.audience)]
        excerpt = newest(renderer, tail, sizes.entry_page)
        cursor = excerpt.last
        context = excerpt.shown() | {"room": window.room, "seat": window.seat, "silent_seconds": SILENT_SECONDS} | more
        beats = Beats(more["nonce"], now)
        yield renderer.render("room/live.html", **context) + beats.next()
        end = now() + sizes.stream_seconds
        while place and place.kept and now() < end and not waiters.closing:
            services.crowds.polls(window.seat, network)
            if cursor == tail.last:
                await waiters.wait(tail, place)
            if services.bans.forbids_entry(window.room, window.seat, window.browser, network):
                break
            cached = hub.cached(window.room)
            if cached is None or not cached.covers(cursor):
                break
            tail = cached
            drawn, cursor = tail.news(cursor, renderer.audience, sizes.poll_page)
            yield b"".join(event.line for event in drawn) + beats.next()
            if any(event.change for event in drawn):
                break
        yield again(SERVER_RETRY_SECONDS if waiters.closing else 1 if place and place.kept else PACE_SECONDS)
