"""Fairness: a room with thousands of windows and dozens of posts a second, and everybody else."""

from bench.load.chats import BROWSER, Chatroom, Window
from bench.load.connection import CLOCK
from bench.load.fan_out import FanOut
from bench.load.figures import Figures, spread
from bench.load.loop import together
from bench.load.process import Meter
from bench.load.side import Side, served

SMALL_ROOM = 20
SAMPLE = 250
"""Windows of the large room whose copies are timed: to read every copy is more than one core can do."""
PAGE_GAP, SMALL_GAP = 0.1, 0.5


def fairness(windows: int, posts_per_second: int, seconds: float) -> list[Figures]:
    """What a page load, the small room and a poster feel meanwhile."""
    with served(Chatroom()) as (side,):
        crowd = Crowd(side, windows)
        return [
            {"load": "quiet", **crowd.measure(0, seconds)},
            {"load": f"{posts_per_second} posts a second", **crowd.measure(posts_per_second, seconds)},
        ]


class Crowd:
    """A large room that listens, a small one, and visitors."""

    def __init__(self, side: Side, windows: int) -> None:
        self.side = side
        self.small = side.enter(SMALL_ROOM, "small")
        self.small_poster, self.visitor = side.enter(1, "small")[0], side.enter(1)[0]
        self.large = side.enter(windows)
        side.listen([*self.small, *self.large])

    def measure(self, posts_per_second: int, seconds: float) -> Figures:
        """Everything at once, for so long."""
        large, small = FanOut(self.side, self.large[:SAMPLE]), FanOut(self.side, self.small)
        self.pages: list[int] = []
        meter, polls = Meter(self.side.process), self.side.polls
        chores = [self._load_pages(seconds), small.talk(self.small_poster, int(seconds / SMALL_GAP), SMALL_GAP)]
        if posts_per_second:
            posters = self.side.enter(posts_per_second)
            chores += [
                self._talk(large, poster, seconds, number / len(posters)) for number, poster in enumerate(posters)
            ]
        self.side.loop.run(together(chores))
        spent = meter.read()
        return {
            **spent,
            "busy": round(spent["cpu_s"] / spent["wall_s"], 2),
            "answers_per_s": round((self.side.polls - polls) / spent["wall_s"]),
            "pages": spread(self.pages),
            "small": small.figures(),
            "large": large.figures(),
            "failures": self.side.failures,
        }

    async def _talk(self, room: FanOut, poster: Window, seconds: float, later: float) -> None:
        """One post a second: with others, at even distances."""
        await self.side.loop.sleep(later)
        await room.talk(poster, int(seconds), 1.0)

    async def _load_pages(self, seconds: float) -> None:
        chat, loop = Chatroom(BROWSER), self.side.loop
        for _ in range(int(seconds / PAGE_GAP)):
            asked = CLOCK()
            answer = await self.visitor.connection.ask(chat.page(self.visitor))
            if answer.status == 200:
                self.pages.append(answer.at - asked)
            await loop.sleep(PAGE_GAP)
