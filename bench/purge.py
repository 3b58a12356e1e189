"""Posts while a million old messages are erased, beside posts while nothing is: `python -m bench.purge`.

Four people write, 50 messages a second in all, into a room on SQLite. A post is timed from the action to its commit.
Both halves are one run, one after the other, on one file.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from bench.load.history import connect, fill
from chat.actions import messages
from chat.app import Chat
from chat.domain.visitors import Visitor
from chat.settings import Settings
from chat.storage.database import bring_up_to_date

ROOM = "lobby"
PEOPLE = 4
PAUSE = PEOPLE / 50
QUIET_SECONDS = 30.0


async def talk(chat: Chat, number: int, until: asyncio.Event, took: list[float]) -> None:
    """One person writes until it is over."""
    visitor = Visitor(f"bench-person-{number:03}", f"browser{number}", "192.0.2.1", "en")
    said = 0
    while not until.is_set():
        said += 1
        began = time.perf_counter()
        await messages.say(chat.services.actions, ROOM, visitor, f"message {said} of {number}", f"{number}-{said}")
        took.append(time.perf_counter() - began)
        await asyncio.sleep(PAUSE)


async def measured(chat: Chat, meanwhile: "asyncio.Future[Any]") -> list[float]:
    """How long posts took while something went on."""
    until, took = asyncio.Event(), list[float]()
    talkers = [asyncio.create_task(talk(chat, number, until, took)) for number in range(PEOPLE)]
    await meanwhile
    until.set()
    await asyncio.gather(*talkers)
    return sorted(took)


def shown(name: str, took: list[float], seconds: float) -> str:
    at = {part: took[int(len(took) * part)] * 1000 for part in (0.5, 0.99, 0.999)}
    return (
        f"{name}: {len(took)} posts in {seconds:.0f} s; ms: mean {statistics.mean(took) * 1000:.1f}, "
        f"median {at[0.5]:.1f}, p99 {at[0.99]:.1f}, p99.9 {at[0.999]:.1f}, longest {took[-1] * 1000:.1f}"
    )


async def run(folder: Path, rows: int) -> None:
    settings = Settings(data_dir=folder, limits="off")
    await bring_up_to_date(settings.database())
    database = connect(settings.database_file)
    database.execute("BEGIN")
    fill(database, "old", rows)
    old = (datetime.now(UTC) - timedelta(days=40)).isoformat(" ")
    database.execute("UPDATE event SET at = ?, address = '', browser = ''", (old,))
    database.execute("COMMIT")
    database.close()
    size = settings.database_file.stat().st_size
    chat = Chat(settings, b"the key of the benchmark")
    async with chat.running():
        began = time.perf_counter()
        took = await measured(chat, asyncio.ensure_future(asyncio.sleep(QUIET_SECONDS)))
        print(shown("without a purge", took, time.perf_counter() - began))
        began = time.perf_counter()
        took = await measured(chat, asyncio.create_task(chat.services.retention.erase_old()))
        print(shown(f"while {rows:,} rows are erased", took, time.perf_counter() - began))
    after = settings.database_file.stat().st_size
    print(f"the file had {size / 1e6:.0f} MB, and has {after / 1e6:.0f} MB")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
