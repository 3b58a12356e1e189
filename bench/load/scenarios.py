"""What is measured, side by side, in turns."""

import sqlite3
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.load import crowd, history
from bench.load import machines as several
from bench.load.chats import (
    BROWSER,
    MARK,
    SHORT,
    Chatroom,
    DurableFloor,
    EightAudiences,
    Floor,
    LitestarFloor,
    ParkFloor,
    Window,
    text,
)
from bench.load.connection import Answer
from bench.load.fan_out import FanOut
from bench.load.figures import Figures
from bench.load.process import Meter
from bench.load.side import Side, scratch, served

CLIENTS = 64
POSTERS = 16
READERS = 8
PAGE = 50
"""Messages in the room of a measured page."""
HOLD_SECONDS = 20.0
"""How long the chat holds a poll: in this time each window polls once."""


@dataclass(frozen=True)
class Size:
    """How long and how large."""

    rounds: int
    seconds: float
    crowds: tuple[int, ...]
    messages: int
    held: int
    histories: tuple[int, ...]
    rooms: int
    crowd: int
    crowd_seconds: float


FULL = Size(5, 1.0, (100, 1000, 5000), 5, 2000, (100, 100_000, 1_000_000), 10_000, 5000, 15.0)
QUICK = Size(3, 0.5, (100, 1000), 3, 500, (100, 100_000), 1000, 2000, 5.0)
GAPS = {100: 0.3, 1000: 0.6, 5000: 1.0}
"""Seconds between two messages in a room of so many windows."""


Measure = Callable[[Side], Figures]


def in_turns(rounds: int, sides: list[Side], measure: Measure, **about: object) -> list[Figures]:
    """A B A B …: what disturbs the machine disturbs all."""
    return [
        {**about, "side": side.chat.name, **measure(side), "memory_kib": side.process.memory_kib()}
        for _ in range(rounds)
        for side in sides
    ]


def polls(size: Size) -> list[Figures]:
    """Polls that are answered at once: with nothing, and with one message."""
    rows: list[Figures] = []
    for name, headers in (("short", SHORT), ("a browser's", BROWSER)):
        with served(Floor(headers), LitestarFloor(headers), Chatroom(headers)) as sides:
            windows = {side: after_some_talk(side, 2, CLIENTS) for side in sides}
            rows += in_turns(size.rounds, sides, idle(windows, size), what="idle poll", headers=name)
            rows += in_turns(size.rounds, sides, one_behind(windows, size), what="one message", headers=name)
    return rows


def idle(windows: dict[Side, list[Window]], size: Size) -> Measure:
    return lambda side: side.ask(windows[side], side.chat.idle, is_good, size.seconds)


def one_behind(windows: dict[Side, list[Window]], size: Size) -> Measure:
    return lambda side: side.ask(windows[side], side.chat.behind, has_one_message, size.seconds)


def fan_out(size: Size) -> list[Figures]:
    """One message to every window of a room."""
    return [row for windows in size.crowds for row in fan_out_to(windows, size)]


def fan_out_to(count: int, size: Size) -> list[Figures]:
    few = [Floor(), Floor(collector="lazy"), Chatroom()]
    chats = few if count > 1000 else [*few, LitestarFloor(), ParkFloor()]  # open files have a limit
    with served(*chats) as sides:
        posters = {side: side.enter(1)[0] for side in sides}
        windows = {side: side.enter(count) for side in sides}
        for side in sides:
            side.listen(windows[side])

        def measure(side: Side) -> Figures:
            return FanOut(side, windows[side]).measure(posters[side], size.messages, GAPS[count])

        return in_turns(size.rounds, sides, measure, windows=count)


def audiences(size: Size) -> list[Figures]:
    """One message to a thousand windows of a room, who read one hour, or eight."""
    with served(Chatroom(), EightAudiences()) as sides:
        posters = {side: side.enter(1)[0] for side in sides}
        windows = {side: side.enter(1000) for side in sides}
        for side in sides:
            side.listen(windows[side])

        def measure(side: Side) -> Figures:
            return FanOut(side, windows[side]).measure(posters[side], size.messages, GAPS[1000])

        return in_turns(2 * size.rounds, sides, measure, windows=1000)


def held(size: Size) -> list[Figures]:
    """Windows that wait, while nothing happens: for one hold time each."""
    with served(Floor(), Chatroom()) as sides:
        for side in sides:
            side.enter(CLIENTS)
        before = {side: side.process.memory_kib() for side in sides}
        for side in sides:
            side.listen(side.enter(size.held))
        meters = {side: Meter(side.process) for side in sides}
        sides[0].pause(HOLD_SECONDS)
        spent = {side: meters[side].read() for side in sides}
        return [
            {
                "side": side.chat.name,
                "windows": size.held,
                "cpu_ms": round(spent[side]["cpu_s"] / spent[side]["wall_s"] * 60_000 / size.held, 3),
                "kib": round((side.process.memory_kib() - before[side]) / size.held, 1),
                "base_kib": before[side],
                "others": spent[side]["others"],
            }
            for side in sides
        ]


def posts(size: Size) -> list[Figures]:
    """Messages that are on disk when they are answered."""
    with served(DurableFloor(), Chatroom()) as sides:
        people = {side: side.enter(POSTERS) for side in sides}
        said = dict.fromkeys(sides, 0)

        def measure(count: int) -> Callable[[Side], Figures]:
            def some(side: Side) -> Figures:
                found = side.ask(people[side][:count], lambda w: side.chat.post(w, numbered(said, side)), is_good, 1.5)
                return {**found, "stored": stored(side), "said": said[side]}

            return some

        rows = in_turns(size.rounds, sides, measure(POSTERS), posters=POSTERS)
        rows += in_turns(size.rounds, sides, measure(1), posters=1)
    return [*rows, {"side": "bare commit", "posters": 0, "p50_ms": bare_commit_ms()}]


def pages(size: Size) -> list[Figures]:
    """A room's page as a browser loads it, and without compression."""
    with served(Chatroom()) as sides:
        readers = {side: after_some_talk(side, PAGE, READERS) for side in sides}
        browser, short = Chatroom(BROWSER), Chatroom()
        return [
            *in_turns(size.rounds, sides, loads(readers, browser, size), what="compressed"),
            *in_turns(size.rounds, sides, loads(readers, short, size), what="plain"),
        ]


def loads(readers: dict[Side, list[Window]], how: Floor, size: Size) -> Measure:
    return lambda side: side.ask(readers[side], how.page, is_good, size.seconds)


def growth(size: Size) -> list[Figures]:
    """The same answers with longer and longer histories, and with many rooms that have a window each."""
    with scratch() as folder:
        chats = [Chatroom(name=f"{messages:,} messages", data=folder / str(messages)) for messages in size.histories]
        chats.append(Chatroom(name=f"{size.rooms:,} rooms", data=folder / "rooms"))
        for chat, messages in zip(chats, (*size.histories, 100), strict=True):
            history.write(chat, messages, size.rooms if chat is chats[-1] else 1)
        with served(*chats) as sides:
            windows = {side: side.enter(CLIENTS) for side in sides}
            sides[-1].listen(sides[-1].enter_each(history.rooms(size.rooms)))
            return [
                *in_turns(size.rounds, sides, idle(windows, size), what="idle poll"),
                *in_turns(size.rounds, sides, one_behind(windows, size), what="one message"),
                *in_turns(size.rounds, sides, loads(windows, Chatroom(), size), what="page"),
            ]


def fairness(size: Size) -> list[Figures]:
    """A page, a small room and the posters beside a large and busy room."""
    return crowd.fairness(size.crowd, 50, size.crowd_seconds)


def machines(size: Size) -> list[Figures]:
    """Several processes with one PostgreSQL."""
    return several.measure(size.rounds, size.seconds, 10 * size.messages)


def is_good(answer: Answer) -> bool:
    return answer.status in (200, 204)


def has_one_message(answer: Answer) -> bool:
    return len(MARK.findall(answer.body)) == 1


def after_some_talk(side: Side, messages: int, count: int) -> list[Window]:
    """Windows that open when so much has been said."""
    (poster,) = side.enter(1)
    for number in range(messages):
        side.loop.run(poster.connection.ask(side.chat.post(poster, text("000000", number))))
    return side.enter(count)


def numbered(said: dict[Side, int], side: Side) -> str:
    said[side] += 1
    return text("000000", said[side] % 1_000_000)


def stored(side: Side) -> int:
    """How many messages are on disk."""
    if isinstance(side.chat, Chatroom):
        path, question = side.folder / "chatroom.sqlite", "SELECT count(*) FROM event WHERE kind = 'message'"
    else:
        path, question = side.folder / "floor.sqlite", "SELECT count(*) FROM message"
    database = sqlite3.connect(path)
    try:
        return int(database.execute(question).fetchone()[0])
    finally:
        database.close()


def bare_commit_ms(commits: int = 200) -> float:
    """What this disk takes for one row on it, without any server."""
    with scratch() as folder:
        database = history.connect(Path(folder) / "commit.sqlite")
        database.execute("CREATE TABLE line (text TEXT)")
        times = []
        for _ in range(commits):
            began = time.perf_counter()
            database.execute("INSERT INTO line VALUES ('hello')")
            times.append(time.perf_counter() - began)
        database.close()
    return round(statistics.median(times) * 1000, 2)
