"""Rooms of an unusual size."""

import pytest

from chat.live.tail import BYTES, Tail


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of which little is kept in memory, and answers that hold little."""
    monkeypatch.setattr("chat.delivery.EVENTS", 5)
    monkeypatch.setattr(Tail.__init__, "__defaults__", (5, BYTES))
    for module in ("answers", "catch_up", "live"):
        monkeypatch.setattr(f"chat.web.{module}.PAGE", 3)
