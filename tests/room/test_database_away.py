"""While the database cannot be written, people are told so, keep their texts, and lose nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from chat.app import Chat
from chat.settings import Settings
from chat.sizes import Sizes
from chat.storage.errors import Unavailable
from tests.kit.acts import forgets
from tests.kit.chats import Clock, until
from tests.kit.page import Page
from tests.kit.people import NoScriptPerson, Person, Room

BUSY = "Not sent: the room is busy just now. Your text is still here; try again in a moment."


class Database:
    """The file, held by somebody else."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def goes(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def comes_back(self) -> None:
        self._connection.rollback()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def sizes() -> Sizes:
    """The chat soon gives up waiting for the file, and looks anew each time it is asked for its health."""
    return Sizes(busy_seconds=0.01, health_seconds=0.0)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    path = settings.database().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        yield Database(connection)


async def test_a_message_that_cannot_be_stored_stays_in_the_box_and_can_be_sent_later(
    ann: Person, bob: Person, database: Database
):
    database.goes()
    assert await ann.is_refused("hi") == BUSY
    assert await ann.is_refused("hi") == BUSY
    database.comes_back()
    await ann.says("hi")
    await bob.sees("hi")
    await bob.catches_up()
    assert bob.texts == ["hi"]


async def test_without_a_script_the_text_is_kept_too(room: Room, database: Database):
    plain = await room.enter_without_script()
    database.goes()
    assert await plain.is_refused("hi", status=503) == BUSY
    database.comes_back()
    await plain.says("hi")
    assert plain.texts == ["hi"]


async def test_a_name_that_cannot_be_stored_stays_in_its_box(ann: Person, room: Room, database: Database):
    plain = await room.enter_without_script()
    database.goes()
    assert await ann.is_refused_nickname("Ann")
    assert await plain.is_refused_nickname("Bob", status=503)
    database.comes_back()
    await ann.renames("Ann")
    await plain.renames("Bob")


@pytest.mark.settings(limits="on")
async def test_what_could_not_be_stored_counts_for_no_limit(ann: Person, database: Database):
    database.goes()
    for _ in range(8):
        assert await ann.is_refused("hi") == BUSY
        assert await ann.is_refused_nickname("Ann") != ""
    database.comes_back()
    for text in ("hi", "two", "three", "four", "five"):
        await ann.says(text)
    for nickname in ("Ann", "Bea", "Cat"):
        await ann.renames(nickname)


async def test_meanwhile_the_room_can_be_read(ann: Person, bob: Person, room: Room, database: Database):
    await ann.says("before")
    database.goes()
    late = await room.enter()
    assert late.texts == ["before"]
    await bob.sees("before")
    poll = await bob.waits()
    await ann.is_refused("during")
    database.comes_back()
    await ann.says("after")
    await poll
    await bob.catches_up()
    assert bob.texts == ["before", "after"]


async def test_the_operator_is_told(ann: Person, database: Database):
    health = await ann.browser.gets("/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    database.goes()
    health = await ann.browser.gets("/health")
    assert health.status_code == 503
    assert "locked" in health.json()["database"]
    database.comes_back()
    health = await ann.browser.gets("/health")
    assert (health.status_code, health.json()["status"]) == (200, "ok")


async def cannot_be_read(chat: Chat, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a row of the file."""

    async def fails(*_: object, **__: object) -> None:
        raise Unavailable("disk I/O error")

    monkeypatch.setattr(chat.services.database.engine, "run_querystring", fails)
    await forgets(chat, clock)


async def test_a_page_that_cannot_be_read_says_so_and_leads_back(
    ann: Person, chat: Chat, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    await cannot_be_read(chat, clock, monkeypatch)
    for path in ("", "messages?before=5"):
        answer = await ann.browser.gets(ann.path + path)
        page = Page(answer.text)
        assert answer.status_code == 503
        assert page.alerts() == ["The room is busy just now. Try again in a moment."]
        assert page.one(".error a")["href"] == "/r/lobby/"
    answer = await ann.polls()
    assert answer.status_code == 503
    assert ann.page.has("#poll")


async def test_what_was_typed_is_on_the_page_even_then(
    room: Room, chat: Chat, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    plain = await room.enter_without_script()
    await cannot_be_read(chat, clock, monkeypatch)
    for path, field in (("messages", "text"), ("nickname", "nickname")):
        answer = await plain.posts(path, {field: "<b>Kim"})
        assert answer.status_code == 503
        assert Page(answer.text).one("blockquote").text == "<b>Kim"


@pytest.fixture
async def read_only(chat: Chat) -> Callable[[bool], object]:
    """Make the file read-only for the chat, or writable again."""

    async def change(only_read: bool) -> None:
        engine = chat.services.database.engine
        path = chat.services.database.path
        engine.connection_kwargs |= {"database": f"file:{path}?mode={'ro' if only_read else 'rw'}", "uri": True}  # type: ignore[union-attr]
        while engine.idle:  # type: ignore[union-attr]
            await engine.idle.pop().really_close()  # type: ignore[union-attr]

    return change


async def test_a_file_that_can_only_be_read_refuses_posts_and_is_read(chat: Chat, ann: Person, bob: Person, read_only):
    await ann.polls()
    await ann.says("before")
    await bob.polls()
    held = await bob.waits()
    await read_only(True)
    assert await ann.is_refused("now") == BUSY
    assert (await ann.browser.gets("/health")).json()["database"] == "attempt to write a readonly database"
    await ann.sees("before")
    await ann.reloads()
    assert ann.texts == ["before"]
    assert not held.done()
    await read_only(False)
    await ann.says("now")
    await held
    assert bob.texts == ["before", "now"]


async def test_a_full_queue_refuses_at_once_and_keeps_the_text(chat: Chat, ann: Person, room):
    plain: NoScriptPerson = await room.enter_without_script()
    chat.services.writer.queue_limit = 0
    assert await ann.is_refused("hi") == BUSY
    assert await plain.is_refused("hi", status=503) == BUSY
    chat.services.writer.queue_limit = 10
    await ann.says("hi")
    await plain.says("hi")
    await until(lambda: not chat.services.writer.busy)
