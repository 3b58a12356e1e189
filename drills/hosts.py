"""Several hosts on one machine, each with an address, a loopback and a cable of its own: Linux network namespaces.

They live as long as the process that made them, and whatever it started in them. Needs root and iproute2.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

NEW_NETWORK = 0x40000000
"""CLONE_NEWNET."""
STREET = "10.9.0.254"
SWITCH = "switch"


class Impossible(Exception):
    """This machine does not let us; the text says why."""


class Host:
    """A host on the street: `entered`, whatever is started is started there."""

    def __init__(self, name: str, number: int) -> None:
        self.address = f"10.9.0.{number}"
        self._cable = name
        with staying():
            self._network = new_network()
        there = f"/proc/{os.getpid()}/fd/{self._network}"
        ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", there)
        ip("link", "set", name, "master", SWITCH, "up")
        with self.entered():
            ip("address", "add", f"{self.address}/24", "dev", "eth0")
            ip("link", "set", "eth0", "up")
            ip("link", "set", "lo", "up")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be there, with this thread and what it starts."""
        with staying():
            call("setns", self._network, NEW_NETWORK)
            yield

    def is_unplugged(self) -> None:
        """Packets vanish, and nobody is told."""
        ip("link", "set", self._cable, "down")

    def is_plugged_in(self) -> None:
        ip("link", "set", self._cable, "up")


def leave() -> None:
    """Be on a street that nobody else is on, with a switch for hosts. Raises Impossible."""
    if not shutil.which("ip"):
        raise Impossible("no `ip` command: install iproute2")
    try:
        new_network()
    except PermissionError:
        raise Impossible("no right to make network namespaces: needs root") from None
    ip("link", "set", "lo", "up")
    ip("link", "add", SWITCH, "type", "bridge")
    ip("address", "add", f"{STREET}/24", "dev", SWITCH)
    ip("link", "set", SWITCH, "up")


def new_network() -> int:
    """Go to a network with nothing in it; answers the open file that keeps it."""
    call("unshare", NEW_NETWORK)
    return here()


def here() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


@contextmanager
def staying() -> Iterator[None]:
    """Come back to this network in the end."""
    before = here()
    try:
        yield
    finally:
        call("setns", before, NEW_NETWORK)
        os.close(before)


def call(name: str, *arguments: int) -> None:
    """A call of the C library. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode:
        raise Impossible(f"ip {' '.join(words)}: {done.stderr.strip()}")
