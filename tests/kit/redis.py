"""A real Redis for the tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.kit.ports import free_port


class Redis:
    """A Redis that a test may stop and start."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def __enter__(self) -> Redis:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen([self._program, *options], stdout=subprocess.PIPE)
        assert self._process.stdout
        while b"Ready to accept connections" not in (line := self._process.stdout.readline()):
            assert line, "Redis did not start"

    def stop(self) -> None:
        self._process.kill()
        self._process.communicate()
