"""Who acts."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind a request: rules, limits and bans look at one or the other of what is known of them."""

    seat: str
    browser: str
    """The browser's random name; the seat where the browser keeps no cookie."""
    address: str
    """The network address; empty where none is known."""
    language: str
    proxied: bool = False
    """Whether the address is that of a proxy which the operator has not named: it may stand for everybody."""
    moderator: str = ""
    """The name of the moderator who is signed in there, whom no ban, lock or slow mode holds up; else empty."""


class Origin(NamedTuple):
    """Where a message came from, as it is stored."""

    address: str = ""
    """Empty where addresses are not kept, or not any more."""
    browser: str = ""
    """A keyed digest."""


NOWHERE = Origin()
"""Of what is no message of a visitor."""
