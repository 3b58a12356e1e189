"""A real server for whoever comes with a browser."""

from collections.abc import Iterator

import pytest

from tests.kit.process import SPACIOUS, Process


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One server for all who do not stop it."""
    server = Process(tmp_path_factory.mktemp("shared"), **SPACIOUS)
    server.start()
    yield server
    server.end()
