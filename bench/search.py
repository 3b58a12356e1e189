"""A moderator's search for a rare word in a million messages, while people write: `python -m bench.search`.

The word stands in the oldest message, so that the search looks at all of them, a page after the other. Posts are timed
as in `bench.purge`, beside posts while nobody searches.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from bench.load.history import connect, fill
from bench.purge import QUIET_SECONDS, measured, shown
from chat.app import Chat
from chat.settings import Settings
from chat.storage.database import bring_up_to_date
from chat.storage.search import Wanted, search
from chat.web.moderation.page import PAGE

WORD = "罕见"


async def searches(seconds: float) -> list[tuple[float, int]]:
    """Again and again: how long it took to the end, and by how many pages."""
    took, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        began, before, pages, found = time.perf_counter(), 2**62, 0, 0
        while True:
            page = await search(Wanted(text=WORD), before, PAGE)
            pages, before, found = pages + 1, page.looked_to, found + len(page.messages)
            if page.ends:
                break
        assert found == 1
        took.append((time.perf_counter() - began, pages))
        await asyncio.sleep(0.5)
    return sorted(took)


async def run(folder: Path, rows: int) -> None:
    settings = Settings(data_dir=folder, limits="off", keep_messages_days=0)
    await bring_up_to_date(settings.database())
    database = connect(settings.database_file)
    database.execute("BEGIN")
    fill(database, "old", rows)
    database.execute("UPDATE event SET text = ? WHERE id = (SELECT MIN(id) FROM event)", (f"a {WORD} word",))
    database.execute("COMMIT")
    database.close()
    chat = Chat(settings, b"the key of the benchmark")
    async with chat.running():
        took = await measured(chat, asyncio.ensure_future(asyncio.sleep(QUIET_SECONDS)))
        print(shown("nobody searches", took, QUIET_SECONDS))
        task = asyncio.create_task(searches(QUIET_SECONDS))
        took = await measured(chat, task)
        print(shown("somebody searches", took, QUIET_SECONDS))
        found = task.result()
        median, pages = found[len(found) // 2]
        print(f"{len(found)} searches of {rows:,} messages, each of {pages} pages:")
        print(f"median {median:.2f} s, longest {found[-1][0]:.2f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(run(Path(folder), int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
