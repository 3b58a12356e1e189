"""Ports of this machine."""

import socket
from random import SystemRandom

FIRST, LAST = 10_000, 32_000
"""Below the range from which the kernel takes the ports of outgoing connections: none of those can get in between."""

chance = SystemRandom()  # Hypothesis seeds the other one: every worker would be given the same ports


def free_port() -> int:
    """A port at which nobody listens."""
    while True:
        port = chance.randrange(FIRST, LAST)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def listens(port: int, address: str = "127.0.0.1") -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as tried:
        return tried.connect_ex((address, port)) == 0
