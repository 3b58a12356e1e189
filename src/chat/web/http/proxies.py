"""A proxy that the operator has not named: everybody behind it comes from its address."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

import structlog

from chat.domain.networks import network

logger = structlog.get_logger()

FORWARDED = b"x-forwarded-for"
LONGEST = 64
"""Characters of an address, with a port."""


REMEMBERED = 1_000
"""Networks whose peers send the header."""


class UnnamedProxy:
    """Tells whether an address is a proxy's, and keeps the first one for the operator."""

    def __init__(self) -> None:
        self.problem: str | None = None
        """What the operator should do; None while no such proxy was seen."""
        self._seen: set[str] = set()

    def is_at(self, address: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether the peer at this address stands for everybody.

        A peer that forwards for others and is trusted is none: then this address is one of those it has forwarded for.
        Only a peer near the server (loopback, a private network) is believed: far away anybody may send the header,
        and has the limits of a crowd like everybody.
        """
        values = [value.decode("latin-1") for name, value in headers if name == FORWARDED]
        if not values or not address or network(address) in map(_network, ",".join(values).split(",")):
            return False
        if len(self._seen) < REMEMBERED:
            self._seen.add(network(address))
        if self.problem is None:
            self.problem = f"{address} sends X-Forwarded-For; if it is your proxy, name it in CHATROOM_TRUSTED_PROXIES"
            logger.warning("unnamed proxy", problem=self.problem)
        return _is_near(address)

    def stands_for_many(self, address: str) -> bool:
        """Whether a ban on this address would be one on whoever comes by a proxy."""
        return network(address) in self._seen or _is_loopback(address)


def _network(entry: str) -> str:
    """The network of one entry of the header, which may have a port."""
    entry = entry.strip()
    if len(entry) > LONGEST:
        return "?"
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    return network(entry)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True


def _is_near(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    return not ((isinstance(ip, IPv6Address) and ip.ipv4_mapped) or ip).is_global
