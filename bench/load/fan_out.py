"""Messages on their way to every window of a room."""

import secrets
import time

from bench.load.chats import MARK, Window, text
from bench.load.connection import CLOCK, Answer
from bench.load.figures import Figures, spread
from bench.load.process import Meter
from bench.load.side import Side


class FanOut:
    """One person says something now and then; every listener is to hear each message once, in order."""

    def __init__(self, side: Side, listeners: list[Window]) -> None:
        self.side = side
        self.times: list[int] = []
        """How long each copy took, in nanoseconds."""
        self.answered: list[int] = []
        """How long the poster waited each time."""
        self.doubled = self.misordered = self.refused = 0
        self._run = secrets.token_hex(3).encode()
        self._said: list[int] = []
        self._listeners = listeners
        for window in listeners:
            window.last = 0
            window.seen.clear()
            window.fan_out = self

    def measure(self, poster: Window, messages: int, gap: float) -> Figures:
        """So many messages, one each `gap` seconds: how long the copies take, and what they cost."""
        meter = Meter(self.side.process)
        self.side.loop.run(self.talk(poster, messages, gap))
        spent = meter.read()
        return {**spent, "cpu_us": round(spent["cpu_s"] * 1e6 / max(len(self.times), 1), 1), **self.figures()}

    async def talk(self, poster: Window, messages: int, gap: float) -> None:
        """Say so much, one message each `gap` seconds; then wait until everybody has heard everything."""
        loop, due = self.side.loop, time.monotonic()
        for _ in range(messages):
            await self._say(poster)
            due += gap
            await loop.sleep(max(0, due - time.monotonic()))
        await loop.until(lambda: len(self.times) >= len(self._said) * len(self._listeners), 10)

    async def _say(self, poster: Window) -> None:
        request = self.side.chat.post(poster, text(self._run.decode(), len(self._said)))
        asked = CLOCK()
        self._said.append(asked)
        answer = await poster.connection.ask(request)
        self.refused += answer.status not in (200, 204)
        self.answered.append(answer.at - asked)

    def heard(self, window: Window, answer: Answer) -> None:
        """An answer came to one of the listeners."""
        for run, digits in MARK.findall(answer.body):
            if run != self._run:
                continue
            number = int(digits)
            self.doubled += number in window.seen
            self.misordered += number < window.last
            window.seen.add(number)
            window.last = number
            self.times.append(answer.at - self._said[number])

    def figures(self) -> Figures:
        heard = sum(len(window.seen) for window in self._listeners)
        return {
            "copies": heard,
            "lost": len(self._said) * len(self._listeners) - heard,
            "doubled": self.doubled,
            "misordered": self.misordered,
            "refused": self.refused,
            "answered": spread(self.answered),
            **spread(self.times),
        }
