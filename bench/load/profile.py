"""`make profile`: where the server's time goes, by layer, while it does one thing; it goes into docs/performance.md.

py-spy looks at each server's stack five hundred times a second; a layer is where the innermost frame stands.
"""

import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.load import report
from bench.load.__main__ import machine, take_place
from bench.load.chats import Chatroom, Floor, LitestarFloor
from bench.load.fan_out import FanOut
from bench.load.figures import Figures
from bench.load.scenarios import CLIENTS, PAGE, POSTERS, READERS, after_some_talk, is_good
from bench.load.side import Side, served

SECONDS = 5.0
WINDOWS, MESSAGES, GAP = 1000, 12, 0.4
LAYERS = {
    "uvicorn: parsing, writing": r"uvicorn/|src/chat/protocol\.py",
    "poll.py": r"src/chat/web/poll\.py",
    "who asks, and what": r"src/chat/web/(windows|asked)\.py",
    "answers": r"src/chat/web/answers\.py",
    "waiting, waking": r"src/chat/(live|delivery)",
    "writer, log, rules": r"src/chat/(domain|storage)",
    "handlers, templates": r"src/chat/|jinja2|markupsafe|^<template>",
    "bare application": r"bench/load/floors",
    "Litestar": r"litestar/|msgspec|multidict",
    "Piccolo, aiosqlite": r"piccolo/|aiosqlite/|concurrent/|threading\.py|queue\.py",
    "compression": r"brotli",
    "event loop": r"uvloop|asyncio/|runners\.py|selectors\.py",
}
"""By the file of the innermost frame; what C does counts for the Python that called it."""
REST = "other"


def main() -> None:
    take_place()
    three: tuple[Callable[[], Floor], ...] = (LitestarFloor, Floor, Chatroom)
    tables = [
        table("an idle poll", idle, three),
        table(f"a copy to one of {WINDOWS:,} windows", copies, three),
        table("a durable post, 16 posters", posts, (Chatroom,)),
        table("a page of 50 messages, plain", pages, (Chatroom,)),
    ]
    report.put({"profile": "\n\n".join([report.machine(machine()), *tables])})


def each(chats: tuple[Callable[[], Floor], ...]) -> Iterator[Side]:
    for chat in chats:
        with served(chat()) as (side,):
            yield side


Found = tuple[float, Counter[str]]
"""CPU microseconds for one, and how often each layer was seen."""


def idle(side: Side) -> Found:
    windows = after_some_talk(side, 2, CLIENTS)
    return asking(side, lambda: side.ask(windows, side.chat.idle, is_good, SECONDS))


def posts(side: Side) -> Found:
    people = side.enter(POSTERS)
    return asking(side, lambda: side.ask(people, lambda one: side.chat.post(one, "hello"), is_good, SECONDS))


def pages(side: Side) -> Found:
    readers = after_some_talk(side, PAGE, READERS)
    return asking(side, lambda: side.ask(readers, side.chat.page, is_good, SECONDS))


def copies(side: Side) -> Found:
    (poster,) = side.enter(1)
    windows = side.enter(WINDOWS)
    side.listen(windows)
    return asking(side, lambda: FanOut(side, windows).measure(poster, MESSAGES, GAP))


def asking(side: Side, work: Callable[[], Figures]) -> Found:
    with looking_at(side) as seen:
        found = work()
    return found["cpu_us"], seen


@contextmanager
def looking_at(side: Side) -> Iterator[Counter[str]]:
    """Fills with how often each layer was seen at work."""
    seen: Counter[str] = Counter()
    with tempfile.NamedTemporaryFile("r") as stacks:
        watcher = subprocess.Popen(
            [Path(sys.executable).with_name("py-spy"), "record", "--pid", str(side.process.pid), "--rate", "500",
             "--duration", "60", "--format", "raw", "--full-filenames", "--nonblocking", "--output", stacks.name],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        side.pause(1.0)
        yield seen
        watcher.send_signal(2)
        watcher.wait()
        for line in stacks.read().splitlines():
            stack, _, count = line.rpartition(" ")
            seen[layer(stack.split(";")[-1])] += int(count)


def layer(frame: str) -> str:
    return next((name for name, files in LAYERS.items() if re.search(files, frame)), REST)


def table(what: str, work: Callable[[Side], Found], chats: tuple[Callable[[], Floor], ...]) -> str:
    sides = {side.chat.name: work(side) for side in each(chats)}
    rows = []
    for name in (*LAYERS, REST):
        shares = {side: cost * seen[name] / max(seen.total(), 1) for side, (cost, seen) in sides.items()}
        if any(share >= 0.05 for share in shares.values()):
            rows.append((name, *(f"{share:.1f}" for share in shares.values())))
    total = ("**all**", *(f"{cost:.1f}" for cost, _ in sides.values()))
    found = report.markdown((f"{what}: CPU, µs", *sides), [*rows, total])
    print(f"\n{found}", flush=True)
    return found


if __name__ == "__main__":
    main()
