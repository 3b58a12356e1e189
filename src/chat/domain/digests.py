"""Keyed digests of browsers and networks: whoever has only the database cannot turn them back."""

from functools import lru_cache
from hashlib import blake2s


class Digests:
    """Digests with this installation's key."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2s(b"digests", key=blake2s(key).digest()).digest()
        self.browser = lru_cache(maxsize=8192)(self._browser)
        self.network = lru_cache(maxsize=8192)(self._network)

    def _browser(self, name: str) -> str:
        """Of a browser's name."""
        return self._digest(f"browser/{name}")

    def _network(self, network: str) -> str:
        """Of a network (`networks.network`); empty where none is known."""
        return self._digest(f"network/{network}") if network else ""

    def _digest(self, what: str) -> str:
        return blake2s(what.encode(), digest_size=16, key=self._key).hexdigest()
