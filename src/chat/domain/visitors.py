"""Who acts."""

from dataclasses import dataclass


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
