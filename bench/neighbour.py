"""How long somebody waits for their posts while another address floods, beside while none does:
`python -m bench.neighbour`.

Both halves in turns, on one server on SQLite with its default limits. The flooder has forty seats, and posts as fast as
it is answered.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from tests.kit.process import Process
from tests.kit.wire import read_answer, request

ROUNDS, POSTS, GAP_SECONDS = 3, 40, 0.4
PEOPLE = 10
"""People in whose turn posts are made: one may say one line in 2 s, and newcomers of one address two a second."""
FLOOD = 40

Seat = tuple[str, dict[str, str]]


class Line:
    """A connection from an address that stays open."""

    def __init__(self, source: str) -> None:
        self._source = source

    async def open(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(self._source, 0))

    async def post(self, seat: Seat, text: str, key: str) -> int:
        path, headers = seat
        body = urlencode({"text": text, "key": key}).encode()
        self._writer.write(request("POST", f"{path}messages", headers, body))
        return (await read_answer(self._reader)).status

    def close(self) -> None:
        self._writer.close()


async def flood(server: Process, stop: asyncio.Event, number: int) -> int:
    """Post as fast as it is answered; how often it was taken."""
    line, seat, taken, said = Line("127.0.0.3"), server.seat(), 0, 0
    await line.open(server.port)
    while not stop.is_set():
        said += 1
        taken += await line.post(seat, f"buy {number} {said}", f"{said}") == 200
    line.close()
    return taken


async def talk(server: Process, seats: list[Seat], turn: int) -> list[float]:
    """How long each post took, in seconds."""
    line, took = Line("127.0.0.4"), []
    await line.open(server.port)
    for number in range(POSTS):
        began = time.perf_counter()
        status = await line.post(seats[number % PEOPLE], f"line {turn} {number}", f"{turn}-{number}")
        took.append(time.perf_counter() - began)
        assert status == 200, "a neighbour was refused"
        await asyncio.sleep(GAP_SECONDS)
    line.close()
    return took


async def measure(server: Process) -> None:
    seats = [server.seat() for _ in range(PEOPLE)]
    alone: list[float] = []
    beside: list[float] = []
    for turn in range(ROUNDS):
        alone += await talk(server, seats, 2 * turn)
        stop = asyncio.Event()
        flooders = [asyncio.create_task(flood(server, stop, number)) for number in range(FLOOD)]
        began = time.perf_counter()
        beside += await talk(server, seats, 2 * turn + 1)
        stop.set()
        taken = sum(await asyncio.gather(*flooders))
        print(f"turn {turn + 1}: {taken} of the flooder's lines taken in {time.perf_counter() - began:.0f} s")
    for name, took in (("alone", sorted(alone)), ("beside a flooder", sorted(beside))):
        at = {part: took[int(len(took) * part)] * 1000 for part in (0.5, 0.99)}
        print(f"{name}: {len(took)} posts, median {at[0.5]:.1f} ms, p99 {at[0.99]:.1f} ms")


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder), LIMITS="on")
        await server.starts_up()
        try:
            await measure(server)
        finally:
            await server.ends()


if __name__ == "__main__":
    asyncio.run(main())
