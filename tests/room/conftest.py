"""What is said of rooms holds on every database. Rooms of an unusual size."""

import pytest

from chat.sizes import Sizes


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


TINY = Sizes(tail_events=5, poll_page=3)
"""Rooms of which little is kept in memory, and answers that hold little."""


@pytest.fixture
def sizes(request: pytest.FixtureRequest, sizes: Sizes) -> Sizes:
    return TINY if "tiny" in request.fixturenames else sizes


@pytest.fixture
def tiny() -> None:
    """The room is TINY."""
