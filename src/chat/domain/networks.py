"""Networks: what counts as one neighbour, for limits and for places."""

import ipaddress
from functools import lru_cache

MAPPED = "::ffff:"


def plain(address: str) -> str:
    """An IPv4 address as everyone writes it: a socket for both kinds names it ::ffff:192.0.2.1."""
    mapped = address[: len(MAPPED)].lower() == MAPPED
    return address[len(MAPPED) :] if mapped and "." in address else address


@lru_cache(maxsize=8192)
def network(address: str) -> str:
    """An IPv4 address alone, or an IPv6 /64, which is one customer's. What is no address shares one network.

    Empty where no address is known (a Unix socket): that would be everybody.
    """
    if not address:
        return ""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or int(ip) >> 64)
    return str(ip)
