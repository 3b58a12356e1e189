"""A database of the first delivery is taken through every migration since, and loses nothing.

`tests/kit/first_delivery.sql` is the dump of an SQLite file that version 289ca27 wrote: two rooms, three people,
messages, renames, a removal, a notice.
"""

import asyncio
import os
import re
import sqlite3
from contextlib import closing, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.apps.migrations.tables import Migration

from chat.app import Chat
from chat.domain.events import Message, Notice, Removal, Rename
from chat.settings import Settings
from chat.storage import log, people, piccolo_conf
from chat.storage.database import Database
from chat.storage.postgres import PooledPostgresEngine
from tests.kit import ROOT, postgres
from tests.kit.chats import running
from tests.kit.people import Room

DUMP = (ROOT / "tests" / "kit" / "first_delivery.sql").read_text("utf-8")
LAST_MIGRATION = "2026-11-22T22:10:00:000000"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database as the first delivery left it."""
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "chatroom.sqlite")) as database:
            database.executescript(DUMP)
        return f"sqlite:///{tmp_path / 'chatroom.sqlite'}"
    server: postgres.Postgres = request.getfixturevalue("postgres_server")
    url = server.create()
    request.addfinalizer(lambda: server.drop(url))
    asyncio.run(first_tables(url))
    rows = re.findall(r'^INSERT INTO "(room|person|event)" (VALUES.*;)$', DUMP, re.M)
    for wanted in ("room", "person", "event"):
        for table, values in rows:
            if table == wanted:
                booleans = re.sub(r",([01]),'2026", lambda found: f",'{found[1]}','2026", values)
                asyncio.run(postgres.run(url, f'INSERT INTO "{table}" {booleans}'))
        asyncio.run(postgres.run(url, f"SELECT setval(pg_get_serial_sequence('{wanted}', 'id'), 100)"))
    return url


async def first_tables(url: str) -> None:
    """The tables as the first delivery made them: its own migrations, which nobody may change."""
    database = Database(url)
    await database.open()
    os.environ["PICCOLO_CONF"] = "chat.storage.piccolo_conf"
    piccolo_conf.DB = Migration._meta.db = database.engine
    assert isinstance(database.engine, PooledPostgresEngine)
    with database.engine.without_pool(), redirect_stdout(StringIO()):
        async with database.writing():
            result = await run_forwards("chat", LAST_MIGRATION)
    await database.close()
    assert result.success, result.message


async def test_every_event_is_still_there(chat: Chat):
    lobby = await log.after("lobby", 0, 100)
    assert [type(event) for event in lobby] == [Message, Message, Rename, Message, Message, Removal, Notice]
    assert [event.seq for event in lobby] == [1, 2, 3, 4, 5, 6, 7]
    texts = [(event.nickname, event.text, event.erased) for event in lobby if isinstance(event, Message)]
    assert texts == [
        (None, "hello <b>&</b>", False),
        (None, "你好 😀", False),
        ("Annabel", "", True),
        ("Annabel", "after the rename", False),
    ]
    tea = await log.after("茶馆", 0, 100)
    assert [event.seq for event in tea] == [1, 2, 3, 4]
    assert await people.nickname(lobby[0].seat) == "Annabel"
    assert await people.nickname(tea[0].seat) == "王"
    assert await log.last_seq("lobby") == 7
    assert await log.first_seq("lobby") == 1


async def test_the_room_goes_on(chat: Chat):
    ann = await Room(chat).enter()
    assert ann.texts[0] == "hello <b>&</b>"
    await ann.says("new")
    assert (await log.after("lobby", 7, 100))[0].seq == 8
    assert ">茶馆<" in (await ann.browser.gets("/rooms")).text


async def test_it_can_be_started_again(chat: Chat, settings: Settings):
    async with running(settings) as again:
        assert (await Room(again).enter()).texts
