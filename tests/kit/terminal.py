"""A terminal, the program in it, and the keys it is given."""

import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

COLUMNS, ROWS = 80, 100
PATIENCE = 20.0
"""Seconds after which something will not appear any more."""

ENTER, TAB, BACK_TAB, DOWN = "\r", "\t", "\x1b\t", "\x1b[B"


class Terminal:
    """A running program and the screen it draws."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._keyboard, program = pty.openpty()
        termios.tcsetwinsize(program, (ROWS, COLUMNS))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", *command],
            env={"PATH": os.environ["PATH"], "TERM": "vt220", "LANG": "C.UTF-8", **environment},
            stdin=program,
            stdout=program,
            stderr=program,
        )
        os.close(program)

    def press(self, *keys: str) -> None:
        for key in keys:
            os.write(self._keyboard, key.encode())

    def until(self, true: Callable[[], bool], otherwise: str) -> None:
        """Read what the program draws until something is so."""
        end = time.monotonic() + PATIENCE
        while not true():
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"{otherwise}:\n{self.screen}")

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self._keyboard], [], [], max(seconds, 0))
        try:
            drawn = os.read(self._keyboard, 65536) if ready else b""
        except OSError:  # the program has ended
            return False
        self._stream.feed(drawn)
        return bool(drawn)

    @property
    def screen(self) -> str:
        lines = self._screen.buffer
        return "\n".join("".join(lines[y][x].data for x in range(COLUMNS)).rstrip() for y in range(ROWS))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._keyboard)
