"""What is held in memory has a bound, however long it goes on and whoever asks."""

from __future__ import annotations

import asyncio
import sys
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from litestar import _parsers

from chat.app import Chat
from chat.domain import nicknames, rooms, texts
from chat.domain.refusals import Refused
from chat.server import protocol
from chat.sizes import Sizes
from chat.web.http import languages, windows
from chat.web.polls import query
from tests.kit.acts import visitor
from tests.kit.chats import Clock, until
from tests.kit.history import said
from tests.kit.people import Person, Room
from tests.kit.process import Process
from tests.kit.wire import request


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


SIZES = Sizes()

# --- texts ---


@pytest.mark.parametrize("clean", [texts.clean, nicknames.clean, rooms.canonical])
def test_what_is_too_long_anyway_is_never_normalized(monkeypatch: pytest.MonkeyPatch, clean: Callable[[str], object]):
    """That takes quadratic time over marks."""
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def normalize_and_note(form: Any, text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    monkeypatch.setattr(unicodedata, "normalize", normalize_and_note)
    with suppress(Refused):
        assert clean("a" + "\u0301" * 4000 + "\u0316" * 4000) is None
    assert not [length for length in lengths if length > 4 * texts.LIMIT]


# --- rooms ---


async def test_a_tail_holds_so_many_events(ann: Person, chat: Chat):
    await ann.polls()
    await said(chat, map(str, range(SIZES.tail_events * 3)))
    tail = await chat.services.hub.tail("lobby")
    assert not tail.covers(tail.last - SIZES.tail_events - 1)
    assert tail.covers(tail.last - SIZES.tail_events)
    await ann.sees(str(SIZES.tail_events * 3 - 1))


async def test_a_tail_holds_so_many_bytes_in_however_many_languages(room: Room, chat: Chat):
    """What must be escaped is five times as long."""
    await said(chat, ["'\"&<>" * 40] * SIZES.tail_events)
    for language in ("en", "zh"):
        person = await room.enter(language=language)
        await person.polls("&wait=0")
        for after in range(0, SIZES.tail_events, 50):
            await person.browser.gets(f"{person.path}messages?after={after}&wait=0", **{"HX-Request": "true"})
    tail = await chat.services.hub.tail("lobby")
    assert SIZES.tail_bytes / 2 < tail.size <= SIZES.tail_bytes


async def test_ready_answers_have_a_bound(ann: Person, chat: Chat):
    await ann.polls()
    await said(chat, ["x" * 200] * SIZES.tail_events)
    for after in range(SIZES.tail_events):
        await ann.browser.gets(f"{ann.path}messages?after={after}&wait=0", **{"HX-Request": "true"})
    tail = await chat.services.hub.tail("lobby")
    sizes = [len(answer.body) for answer in tail.answers.values()]
    assert 0 < sum(sizes) <= SIZES.answer_bytes + max(sizes)


@pytest.mark.sizes(idle_seconds=0.01)
async def test_rooms_that_nobody_asks_for_are_forgotten(ann: Person, clock: Clock, chat: Chat):
    await ann.polls()
    poll = await ann.waits()
    for number in range(20):
        await chat.services.hub.tail(f"room-{number}")
    clock.passes(1)
    await until(lambda: list(chat.services.hub.rooms) == ["lobby"])
    await ann.says("still here")
    await poll
    assert ann.texts == ["still here"]


@pytest.mark.sizes(rooms=20)
async def test_too_many_rooms_at_once_push_out_those_nobody_waits_in(ann: Person, chat: Chat):
    await ann.polls()
    poll = await ann.waits()
    for number in range(200):
        await chat.services.hub.tail(f"room-{number}")
    assert len(chat.services.hub.rooms) <= 20
    assert chat.services.hub.cached("room-199")
    await ann.says("still here")
    await poll
    assert ann.texts == ["still here"]


# --- people ---


@pytest.mark.sizes(windows=10)
async def test_windows_that_were_here_are_remembered_up_to_a_bound(chat: Chat):
    for number in range(100):
        chat.services.waiters.ended(f"seat-{number}")
    remembered = [n for n in range(100) if chat.services.waiters.is_absent(f"seat-{n}") is not None]
    assert remembered == list(range(90, 100))


@pytest.mark.sizes(people=10)
@pytest.mark.settings(limits="on")
async def test_limits_remember_up_to_a_bound(chat: Chat):
    limits = chat.services.actions.limits
    for number in range(100):
        limits.message(visitor(f"seat-{number}", f"192.0.2.{number}"), "hi")
        limits.rename(visitor(f"seat-{number}"))
    assert set(limits.remembered.values()) == {10}


async def test_nothing_is_left_of_polls_that_have_ended(room: Room, chat: Chat):
    people = [await room.enter() for _ in range(10)]
    for person in people:
        await person.polls()
    polls = [await person.waits() for person in people]
    await people[0].says("hi")
    await asyncio.gather(*polls)
    assert not chat.services.waiters.held
    assert not chat.services.waiters.places.taken
    assert not (await chat.services.hub.tail("lobby")).waiters


# --- what requests leave behind ---


async def test_long_requests_are_not_remembered(ann: Person, chat: Chat):
    """Caches keep what is short: who sends ever new long addresses and headers fills no memory."""
    litestars = [_parsers.parse_query_string, _parsers.parse_cookie_string, _parsers.parse_url_encoded_form_data]

    def remembered() -> list[int]:
        ours = [chat.services.windows.remembered, chat.services.queries.remembered]
        return ours + [cache.cache_info().currsize for cache in litestars]

    await ann.polls()
    before = remembered()
    cookie = "; ".join(f"{one.name}={one.value}" for one in ann.browser.http.cookies.jar)
    for number in range(30):
        long = f"{number}" * 2000
        headers = {"HX-Request": "true", "Cookie": f"{cookie}; other={long}", "Accept-Language": f"en,{long}"}
        answer = await ann.browser.gets(f"{ann.path}messages?after=0&wait=0&{long}=1", **headers)
        assert answer.status_code in (200, 400)
        await ann.browser.gets(f"/r/lobby/?{long}", **headers)
        await ann.posts("messages", {"text": "hi", long: "x"}, headers=headers)
    assert remembered() == before
    assert windows.LONGEST_REMEMBERED + languages.LONGEST_READ + query.LONGEST < 2000


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    server = Process(tmp_path)
    await server.starts_up()
    yield server
    await server.ends()


@pytest.fixture
async def impatient(tmp_path: Path) -> AsyncIterator[Process]:
    """A server that waits for a request no longer than the blink of an eye."""
    hurry = (
        "from functools import partial; from chat import cli; from chat.server import serve;"
        "serve.BoundedProtocol = partial(serve.BoundedProtocol, request_seconds=0.3); cli.main()"
    )
    server = Process(tmp_path, command=(sys.executable, "-c", hurry, "serve"))
    await server.starts_up()
    yield server
    await server.ends()


ENDLESS = {
    "a header": (b"GET / HTTP/1.1\r\nHost: chat.test\r\nX: ", b"a" * 65536),
    "headers": (b"GET / HTTP/1.1\r\nHost: chat.test\r\n", b"X: a\r\n" * 10000),
    "an address": (b"GET /", b"a" * 65536),
    "trailers": (b"POST /language HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"a" * 65536),
    "a chunk's extension": (b"POST /language HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a" * 65536),
    "empty lines": (b"", b"\r\n" * 10000),
    "a body": (b"POST /language HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"ffff\r\n" + b"a" * 65535 + b"\r\n"),
}


@pytest.mark.parametrize("what", ENDLESS)
async def test_a_request_without_an_end_is_cut(server: Process, what: str):
    beginning, more = ENDLESS[what]
    before = server.memory()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    reading = asyncio.ensure_future(reader.read())
    try:
        writer.write(beginning)
        for _ in range(1000):
            writer.write(more)
            await writer.drain()
    except ConnectionError:
        assert what != "a body"
    else:
        assert what == "a body", "it was not cut"  # it is read and thrown away
    finally:
        assert server.memory() - before < 20 * 2**20
        assert (await server.health())["code"] == 200
        writer.transport.abort()
        await asyncio.gather(reading, return_exceptions=True)


@pytest.mark.parametrize("size, status", [(protocol.LARGEST_HEAD - 100, 303), (protocol.LARGEST_HEAD, 400)])
async def test_a_head_may_be_so_large(server: Process, size: int, status: int):
    answer = await server.asks("GET", "/", {"Cookie": "a" * size})
    assert answer.status == status


async def test_requests_behind_a_held_poll_take_little_memory(server: Process):
    path, headers = server.seat()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request("GET", f"{path}messages?after=0", {**headers, "HX-Request": "true"}))
    before = server.memory()
    for _ in range(10):
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 2_000)
    assert (await server.health())["code"] == 200
    assert server.memory() - before < 5 * 2**20
    writer.transport.abort()


@pytest.mark.parametrize(
    "half", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\ntext="]
)
async def test_a_request_that_never_comes_whole_is_hung_up_on(impatient: Process, half: bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient.port)
    writer.write(half)
    with suppress(ConnectionError):
        await reader.read()
    assert (await impatient.health())["code"] == 200
    assert impatient.faults() == []
    writer.transport.abort()


async def test_many_requests_at_once_on_a_connection_are_no_large_one(server: Process):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request("GET", "/health", {"X": "a" * 1000}) * 200)
    answered = 0
    while answered < 200:
        answered += (await reader.read(65536)).count(b"HTTP/1.1 200")
    writer.transport.abort()
