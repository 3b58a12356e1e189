"""A server under measurement: started on a core of its own; its CPU time, its memory, its end."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVER_CORE, OUR_CORE = 0, 1
STARTS_SECONDS = 60.0
STOPS_SECONDS = 10.0


class Process:
    """One running server."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as file:
            self._process = subprocess.Popen(
                ["taskset", "-c", str(SERVER_CORE), *command],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        self.log = log
        self.pid = self._process.pid

    def cpu_ns(self) -> int:
        """CPU time of all its threads, ever."""
        return time.clock_gettime_ns((~self._process.pid << 3) | 2)  # what clock_getcpuclockid(3) answers

    def memory_kib(self) -> int:
        """Its share of the memory in use."""
        text = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return int(re.findall(r"\nPss:\s+(\d+)", text)[0])

    def wait_for(self, address: tuple[str, int]) -> None:
        """Wait until it listens. Raises RuntimeError when it does not."""
        end = time.monotonic() + STARTS_SECONDS
        while time.monotonic() < end and self._process.poll() is None:
            try:
                socket.create_connection(address, 0.5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"nothing listens on {address}: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOPS_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Meter:
    """What a server spends from now on."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._cpu, self._core, self._wall = process.cpu_ns(), core_busy_ns(), time.monotonic_ns()

    def read(self) -> dict[str, float]:
        cpu = self._process.cpu_ns() - self._cpu
        wall = time.monotonic_ns() - self._wall
        others = max(0, core_busy_ns() - self._core - cpu)
        return {"cpu_s": cpu / 1e9, "wall_s": wall / 1e9, "others": round(others / wall, 3)}


def core_busy_ns() -> int:
    """What the server's core has worked, for whomever: in steps of ten milliseconds."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith(f"cpu{SERVER_CORE} "):
            ticks = [int(figure) for figure in line.split()[1:9]]
            return (sum(ticks) - ticks[3] - ticks[4]) * 10_000_000
    return 0
