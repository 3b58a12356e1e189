"""Who a window is: a random public id in its address, and a signed cookie that proves it."""

import hmac
import secrets
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2s

COLOURS = 12
NEW_SECONDS = 15
"""How long the mark `?new=` in a seat's first address is believed: long enough to follow the redirect. It tells a
browser that refuses cookies, which would be redirected for ever, from a friend who was given the address later."""

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> str:
    """A fresh random id, 16 characters that may stand in an address."""
    return secrets.token_urlsafe(12)


def public_name(seat: str) -> str:
    """What others see of a seat: eight characters that cannot be turned back into its address."""
    digest = int.from_bytes(blake2s(seat.encode(), digest_size=5).digest())
    return "".join(_CROCKFORD[digest >> shift & 31] for shift in range(35, -5, -5))


def tag(seat: str) -> str:
    """The six characters that stand beside a nickname and tell namesakes apart: with four, whoever opens windows for
    minutes comes upon any given one."""
    return public_name(seat)[:6]


def colour(seat: str) -> int:
    """The number of the seat's colour, 0 to COLOURS - 1."""
    return int.from_bytes(blake2s(seat.encode(), digest_size=5).digest()) % COLOURS


class Seats:
    """Signs seats and checks their signatures; needs no table and holds on every machine that shares the key."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self.cookie = lru_cache(maxsize=4096)(self._cookie)

    def _cookie(self, room: str, seat: str) -> str:
        """The value of the cookie that holds the seat."""
        return self._sign(f"seat/{room}/{seat}")

    def holds(self, room: str, seat: str, cookie: str) -> bool:
        """Whether this cookie is the seat's own."""
        return hmac.compare_digest(self.cookie(room, seat).encode(), cookie.encode())

    def secret(self, room: str, seat: str) -> str:
        """What holds the seat in its own address, in a frame where browsers keep no cookie."""
        return self._sign(f"embed/{room}/{seat}")

    def opens(self, room: str, seat: str, secret: str) -> bool:
        """Whether this secret is the seat's own."""
        return hmac.compare_digest(self.secret(room, seat).encode(), secret.encode())

    def browser_cookie(self, browser: str) -> str:
        """The value of the cookie that names a browser: its id and our signature."""
        return f"{browser}.{self._sign(f'browser/{browser}')}"

    def browser(self, cookie: str) -> str | None:
        """The id in a browser's cookie; None when we did not sign it."""
        browser = cookie.partition(".")[0]
        return browser if hmac.compare_digest(self.browser_cookie(browser).encode(), cookie.encode()) else None

    def session_cookie(self, token: str) -> str:
        """The value of the cookie that keeps a moderator signed in."""
        return f"{token}.{self._sign(f'session/{token}')}"

    def session(self, cookie: str) -> str | None:
        """The token in a moderator's cookie; None when we did not sign it."""
        token = cookie.partition(".")[0]
        return token if hmac.compare_digest(self.session_cookie(token).encode(), cookie.encode()) else None

    def new_mark(self, seat: str, tries: int = 1) -> str:
        """The value of `?new=`: a signed time that tells a first visit without a cookie from a shared link.

        `tries`: how many seats this visitor has been given; no cookie of ours came back from the one before.
        """
        now = f"{int(self._clock()):x}"
        return f"{now}.{tries}.{self._sign(f'new/{now}/{tries}/{seat}')[:12]}"

    def tries(self, seat: str, mark: str) -> int:
        """How many, by a mark that was made for this seat just now, as far as the machines' clocks agree: NEW_SECONDS;
        else 0."""
        now, tries, signature = [*mark.split(".", 2), "", ""][:3]
        if not hmac.compare_digest(self._sign(f"new/{now}/{tries}/{seat}")[:12].encode(), signature.encode()):
            return 0
        return int(tries) if abs(self._clock() - int(now, 16)) <= NEW_SECONDS else 0

    def _sign(self, what: str) -> str:
        return hmac.digest(self._key, what.encode(), "sha256").hex()[:32]
