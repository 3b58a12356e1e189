"""Whose window a request comes from: the seat in its address, proven by its cookie, or in a frame by its secret."""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, unquote

from chat.domain import rooms
from chat.domain.seats import Seats
from chat.domain.visitors import Visitor
from chat.web.drawing.audiences import Audience, Audiences
from chat.web.http import frames
from chat.web.http.frames import Frame

ADDRESS = re.compile(r"/r/([^/]+)/([A-Za-z0-9_-]{16})/[a-z]*(?:/[0-9]{1,16}(?:/[a-z]+)?)?")
LONGEST_REMEMBERED = 1000
"""Bytes of a request by which its window is remembered: other cookies of the same host may make it longer."""
SEAT_COOKIE = "seat"
BROWSER_COOKIE = "browser"
NICKNAME_COOKIE = "nickname"
"""The nickname last used in this browser, for the next seat."""
SCRIPT_COOKIE = "script"
"""Off: the window is drawn as for who has no script."""
KEY_COOKIE = "key"
"""The key of the composer that the seat's window got last, so that a text which comes back with its page, and had in
truth arrived, is sent with the key that it had."""
COOKIE_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Window:
    """A seat whose cookie came with the request, or whose secret is in its address."""

    room: str
    seat: str
    browser: str
    """Whose connections and limits it shares: the browser whose signed cookie came along, else the seat itself."""
    audience: Audience
    frame: Frame | None = None
    """Of a window on another site."""

    @property
    def language(self) -> str:
        return self.audience.language

    def visitor(self, address: str, *, proxied: bool = False, moderator: str = "") -> Visitor:
        """Who acts in this window, from this network address."""
        return Visitor(self.seat, self.browser, address, self.language, proxied, moderator)

    @property
    def path(self) -> str:
        """The address of its page."""
        return self.frame.path if self.frame else page_path(self.room, self.seat)

    @property
    def entrance(self) -> str:
        """Where its browser is given another seat."""
        return self.frame.entrance if self.frame else entry_path(self.room)


def entry_path(room: str) -> str:
    """The room's own address, which gives everyone a seat of their own."""
    return f"/r/{quote(room)}/"


def page_path(room: str, seat: str) -> str:
    """The address of a seat's page, as a browser spells it."""
    return f"/r/{quote(room)}/{seat}/"


class Windows:
    """Tells windows from requests; remembers the checked ones, because a window polls for hours."""

    def __init__(self, seats: Seats, audiences: Audiences) -> None:
        self._seats = seats
        self.audiences = audiences
        self._remembered = lru_cache(maxsize=32_768)(self._find)

    @property
    def remembered(self) -> int:
        """Windows in memory."""
        return self._remembered.cache_info().currsize

    def find(self, raw_path: bytes, cookie: bytes, accept_language: bytes) -> Window | None:
        """The window of a request under a seat's address; None when what proves it is missing, foreign or forged."""
        short = len(raw_path) + len(cookie) + len(accept_language) <= LONGEST_REMEMBERED
        return (self._remembered if short else self._find)(raw_path, cookie, accept_language)

    def _find(self, raw_path: bytes, cookie: bytes, accept_language: bytes) -> Window | None:
        if frame := frames.read(raw_path):
            return self._framed(frame, accept_language)
        address = ADDRESS.fullmatch(raw_path.decode("latin-1"))
        if address is None:
            return None
        room, seat = unquote(address[1]), address[2]
        cookies = read_cookies(cookie)
        if rooms.canonical(room) != room or not self._seats.holds(room, seat, cookies.get(SEAT_COOKIE, "")):
            return None
        audience = self.audiences.choose(accept_language.decode("latin-1"), cookies)
        return Window(room, seat, self._seats.browser(cookies.get(BROWSER_COOKIE, "")) or seat, audience)

    def _framed(self, frame: Frame, accept_language: bytes) -> Window | None:
        room, seat = frame.room, frame.seat
        if rooms.canonical(room) != room or not self._seats.opens(room, seat, frame.secret):
            return None
        audience = self.audiences.choose(accept_language.decode("latin-1"), frame.choices)
        return Window(room, seat, seat, audience, frame)


def read_cookies(header: bytes) -> dict[str, str]:
    """The cookies of a Cookie header; of the same name the first, which has the longest path. Garbage is none."""
    cookies: dict[str, str] = {}
    for part in header.decode("latin-1").split(";"):
        name, _, value = part.strip().partition("=")
        cookies.setdefault(name, value)
    return cookies
