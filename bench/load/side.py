"""One chat under measurement: its server, and the windows that are open on it."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load.chats import Floor, Window
from bench.load.connection import CLOCK, Answer, Connection
from bench.load.figures import Figures, spread
from bench.load.loop import Loop, start, together
from bench.load.process import ROOT, Meter, Process
from tests.kit.ports import free_port

SCRATCH = ROOT / ".bench"
"""On the disk where the chat would keep its data."""
WARM_SECONDS = 0.5
OPENING = 32
"""Windows that open at the same time."""


class Side:
    """A running chat and its visitors."""

    def __init__(self, loop: Loop, chat: Floor, folder: Path) -> None:
        self.loop = loop
        self.chat = chat
        self.address = ("127.0.0.1", free_port())
        self.folder = folder
        folder.mkdir()
        port = self.address[1]
        self.process = Process(chat.command(port), chat.environment(port, folder), folder / "log")
        self.process.wait_for(self.address)
        self.polls = 0
        self.failures = 0
        """Polls answered with anything but 200 or 204, ever."""
        self._windows: list[Window] = []

    def close(self) -> None:
        for window in self._windows:
            window.connection.close()
        self.process.stop()

    def enter(self, count: int, room: str = "") -> list[Window]:
        """Open windows in a room, else in the chat's usual one."""
        return self.enter_each([room] * count)

    def enter_each(self, rooms: Iterable[str]) -> list[Window]:
        """Open a window in each of these rooms."""
        opened = [Window(Connection(self.loop, self.address), path=room) for room in rooms]
        todo = iter(opened)

        async def some() -> None:
            for window in todo:
                await self.chat.enter(window)

        self._windows += opened
        self.loop.run(together(some() for _ in range(OPENING)))
        return opened

    def listen(self, windows: list[Window]) -> None:
        """From now on these windows poll, as the page makes them."""
        for window in windows:
            start(self._listen(window))
        self.pause(2)

    async def _listen(self, window: Window) -> None:
        while True:
            answer = await window.connection.ask(self.chat.poll(window))
            self.polls += 1
            self.chat.hear(window, answer)
            if window.fan_out:
                window.fan_out.heard(window, answer)
            if answer.status not in (200, 204):
                self.failures += 1
                await self.loop.sleep(0.5)

    def pause(self, seconds: float) -> None:
        self.loop.run(self.loop.sleep(seconds))

    def ask(
        self,
        windows: list[Window],
        request: Callable[[Window], bytes],
        accepted: Callable[[Answer], bool],
        seconds: float,
    ) -> Figures:
        """Every window asks again as soon as it is answered: what one answer costs."""
        times: list[int] = []
        stopped, refused = False, 0

        async def asking(window: Window) -> None:
            nonlocal refused
            while not stopped:
                asked = CLOCK()
                answer = await window.connection.ask(request(window))
                times.append(answer.at - asked)
                refused += not accepted(answer)

        async def measuring() -> Figures:
            nonlocal stopped
            await self.loop.sleep(WARM_SECONDS)
            warmed, polls, meter = len(times), self.polls, Meter(self.process)
            await self.loop.sleep(seconds)
            spent, counted = meter.read(), times[warmed:]
            stopped = True
            return {**spent, **self._prices(spent, counted, self.polls - polls), "refused": refused}

        found: list[Figures] = []

        async def measured() -> None:
            found.append(await measuring())

        self.loop.run(together([measured(), *map(asking, windows)]))
        return found[0]

    def _prices(self, spent: Figures, times: list[int], polls: int) -> Figures:
        count = len(times) + polls
        return {
            "count": count,
            "per_s": round(count / spent["wall_s"]),
            "cpu_us": round(spent["cpu_s"] * 1e6 / max(count, 1), 1),
            **spread(times),
        }


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a while."""
    SCRATCH.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SCRATCH) as folder:
        yield Path(folder)


@contextmanager
def served(*chats: Floor) -> Iterator[list[Side]]:
    """Servers of these chats, all on the same core; who is not being measured waits."""
    loop, sides = Loop(), list[Side]()
    with scratch() as folder:
        try:
            for number, chat in enumerate(chats):
                sides.append(Side(loop, chat, folder / str(number)))
            yield sides
        finally:
            for side in sides:
                side.close()
