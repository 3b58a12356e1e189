"""What is said of rooms holds on every database. Rooms of an unusual size."""

import pytest

from chat.app import Chat


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def tiny(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rooms of which little is kept in memory, and answers that hold little."""
    monkeypatch.setattr(chat.delivery, "_events", 5)
    for module in ("answers", "catch_up", "frame"):
        monkeypatch.setattr(f"chat.web.{module}.PAGE", 3)
