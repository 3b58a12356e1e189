"""What polls and posts may cost, as counts that are the same on every machine. Times are for `make bench`.

The bounds are what was counted when they were written, and a quarter more.
"""

from __future__ import annotations

import asyncio
import sys
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

import pytest
from jinja2 import Template

from chat.app import Chat
from chat.domain import seats
from chat.domain.acts import Act
from chat.domain.bans import BAN, Ban
from chat.storage import bans
from chat.web.http.asgi import Message
from tests.kit.chats import until
from tests.kit.doors import Phone, Site
from tests.kit.history import said
from tests.kit.people import Person, Room

CALLS_OF_A_POLL = 50
CALLS_OF_A_COPY = 104
CALLS_OF_A_DIRECT_POLL = 58
BYTES_OF_A_DIRECT_POLL = 1200
BYTES_OF_A_WAITING_WINDOW = 4_400
LANGUAGES = ("en", "zh")


class Visitor:
    """A window by its bare ASGI messages: what a test's browser costs is not counted."""

    def __init__(self, chat: Chat, room: str = "lobby", language: str = "en") -> None:
        self.chat = chat
        seat = seats.new_id()
        self._path = f"/r/{room}/{seat}/messages"
        ours = chat.services.seats
        cookie = f"seat={ours.cookie(room, seat)}; browser={ours.browser_cookie(seats.new_id())}"
        self._headers: list[tuple[bytes, bytes]] = [
            (b"host", b"chat.test"),
            (b"accept-language", language.encode()),
            (b"cookie", cookie.encode()),
            (b"hx-request", b"true"),
        ]
        self.answers: list[bytes] = []

    async def polls(self, query: str) -> None:
        """One poll; its answer is kept."""
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": self._headers,
            "client": ("192.0.2.1", 50000),
            "server": ("chat.test", 80),
            "state": {},
        }
        await self.chat.asgi(scope, nothing_comes, self._hears)

    async def _hears(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.answers.append(message["body"])


async def nothing_comes() -> Any:
    await asyncio.Event().wait()


class Calls:
    """How many functions this thread called, Python's own and C's."""

    count = 0


@contextmanager
def counted_calls() -> Iterator[Calls]:
    calls = Calls()

    def called(_: FrameType, event: str, __: Any) -> None:
        calls.count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        yield calls
    finally:
        sys.setprofile(None)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def asked(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the database is asked from now on."""
    statements: list[str] = []
    run: Callable[..., Awaitable[Any]] = chat.services.database.engine.run_querystring

    async def run_and_note(querystring: Any, *args: Any, **kwargs: Any) -> Any:
        statements.append(str(querystring))
        return await run(querystring, *args, **kwargs)

    monkeypatch.setattr(chat.services.database.engine, "run_querystring", run_and_note)
    return statements


@pytest.fixture
def drawn(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, str]]:
    """The templates that are rendered from now on, by language."""
    renders: Counter[tuple[str, str]] = Counter()
    render = Template.render

    def render_and_note(template: Template, *args: Any, **kwargs: Any) -> str:
        renders[template.name or "", template.globals["language"]] += 1
        return render(template, *args, **kwargs)

    monkeypatch.setattr(Template, "render", render_and_note)
    return renders


async def waiting(chat: Chat, visitors: list[Visitor], after: int) -> list[asyncio.Task[None]]:
    """All of them poll, and are held."""
    before = len(chat.services.waiters.held)
    polls = [asyncio.create_task(visitor.polls(f"after={after}")) for visitor in visitors]
    await until(lambda: len(chat.services.waiters.held) == before + len(visitors))
    return polls


async def test_polls_ask_the_database_nothing(ann: Person, chat: Chat, asked: list[str]):
    await ann.says("one")
    assert any("INSERT INTO event" in statement for statement in asked)
    asked.clear()
    visitor = Visitor(chat)
    for query in ("after=0&first=1", "after=1&wait=0", "after=0&wait=0"):
        await visitor.polls(query)
    chat.services.waiters.seconds = 0.01
    (poll,) = await waiting(chat, [visitor], after=1)
    await poll
    assert asked == []


async def test_bans_cost_a_post_and_a_poll_no_query(ann: Person, bob: Person, chat: Chat, asked: list[str]):
    await bob.says("hi")
    await ann.sees("hi")
    asked.clear()
    await ann.says("before")
    before = len(asked)
    ban = Ban(mode=BAN, seat=seats.new_id(), browser="b" * 32, network="n" * 32, made_at=chat.services.actions.now())
    for _ in range(100):
        await bans.make(chat.services.database, ban, Act("mia", "ban"))
    await chat.services.watch.look()
    assert chat.services.bans.active
    asked.clear()
    await ann.says("after")
    assert len(asked) <= before
    asked.clear()
    await bob.sees("before", "after")
    assert asked == []


async def test_a_message_to_many_is_drawn_once_a_language(ann: Person, chat: Chat, drawn: Counter[tuple[str, str]]):
    visitors = [Visitor(chat, language=language) for language in LANGUAGES for _ in range(100)]
    for visitor in visitors:
        await visitor.polls("after=0&first=1")
    polls = await waiting(chat, visitors, after=0)
    drawn.clear()
    await ann.says("hi")
    await asyncio.gather(*polls)
    assert all(b"hi" in visitor.answers[-1] for visitor in visitors)
    assert {
        what: count for what, count in drawn.items() if what[0] in ("events/message.html", "polls/_poller.html")
    } == {
        (template, language): 1 for template in ("events/message.html", "polls/_poller.html") for language in LANGUAGES
    }
    drawn.clear()
    await asyncio.gather(*(visitor.polls("after=1&wait=0") for visitor in visitors))
    assert drawn == {("polls/_poller.html", language): 1 for language in LANGUAGES}
    drawn.clear()
    await asyncio.gather(*(visitor.polls("after=1&wait=0") for visitor in visitors))
    assert not drawn


async def test_windows_that_have_grown_too_long_are_trimmed_with_one_answer(
    chat: Chat, drawn: Counter[tuple[str, str]], asked: list[str]
):
    await said(chat, map(str, range(301)))
    visitors = [Visitor(chat) for _ in range(100)]
    for visitor in visitors:
        await visitor.polls("after=301&first=1")
    drawn.clear()
    asked.clear()
    for visitor in visitors:
        await visitor.polls("after=301&from=1")
    assert all(b"delete:#m1,#m2,#m3," in visitor.answers[-1] for visitor in visitors)
    assert drawn == {("polls/_trimmed.html", "en"): 1, ("polls/_poller.html", "en"): 1}
    assert asked == []


async def test_a_page_draws_no_message_again(ann: Person, room: Room, drawn: Counter[tuple[str, str]]):
    for number in range(5):
        await ann.says(f"{number}")
    bob = await room.enter()
    drawn.clear()
    cid = await room.enter()
    assert bob.texts == cid.texts == [f"{number}" for number in range(5)]
    assert drawn["room/room.html", "en"] == 1
    assert drawn["events/message.html", "en"] == 0


async def calls_of(visitor: Visitor, query: str, polls: int = 10) -> float:
    """Function calls of one poll that is answered at once."""
    for _ in range(3):
        await visitor.polls(query)
    with counted_calls() as calls:
        for _ in range(polls):
            await visitor.polls(query)
    return calls.count / polls


async def test_a_poll_makes_few_calls_and_no_more_with_a_message_in_it(ann: Person, chat: Chat):
    await ann.says("hi")
    visitor = Visitor(chat)
    await visitor.polls("after=1&first=1")
    idle = await calls_of(visitor, "after=1&wait=0")
    with_a_message = await calls_of(visitor, "after=0&wait=0")
    assert b"hi" in visitor.answers[-1]
    print(f"calls of a poll: {idle}, with a message {with_a_message}")
    assert 10 < idle <= CALLS_OF_A_POLL
    assert with_a_message <= idle * 1.25


async def test_a_poll_that_is_answered_on_its_connection_makes_few_calls(ann: Person, chat: Chat):
    await ann.says("hi")
    phone = Phone(Site(chat))
    await phone.polls("after=1&first=1")
    counts = []
    for query in "after=1&wait=0", "after=0&wait=0":
        await phone.polls(query)
        with counted_calls() as calls:
            phone.line.comes(phone.request(query))
        counts.append(calls.count)
        await phone.hears()
    print(f"calls of a direct poll, with a message: {counts}")
    assert 10 < counts[0] <= CALLS_OF_A_DIRECT_POLL
    assert counts[1] <= counts[0] * 1.25


async def test_a_window_that_waits_on_its_connection_takes_little_memory(chat: Chat, ann: Person):
    site = Site(chat)
    phones = [Phone(site) for _ in range(200)]
    for phone in phones:
        await phone.polls("after=0&first=1")
    tracemalloc.start()
    for phone in phones:
        phone.line.comes(phone.request("after=0"))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"bytes of a window that waits on its connection: {taken / 200}")
    assert 200 < taken / 200 <= BYTES_OF_A_DIRECT_POLL


async def test_a_poll_makes_as_many_calls_after_thousands_of_messages_and_beside_hundreds_of_rooms(chat: Chat):
    visitor = Visitor(chat)
    await said(chat, ["hi"] * 10)
    await visitor.polls("after=10&first=1")
    before = await calls_of(visitor, "after=9&wait=0")
    await said(chat, ["hi"] * 2_000)
    polls: list[asyncio.Task[None]] = []
    for number in range(300):
        await said(chat, ["hi"], f"room-{number}")
        there = Visitor(chat, f"room-{number}")
        await there.polls("after=1&first=1")
        polls += await waiting(chat, [there], after=1)
    assert await calls_of(visitor, "after=2009&wait=0") == before
    assert visitor.answers[-1].count(b"hi</p>") == 1
    chat.services.waiters.release()
    await asyncio.gather(*polls)


async def calls_of_a_message_to(chat: Chat, ann: Person, count: int, after: int) -> int:
    visitors = [Visitor(chat) for _ in range(count)]
    for visitor in visitors:
        await visitor.polls(f"after={after}&first=1")
    polls = await waiting(chat, visitors, after)
    with counted_calls() as calls:
        await ann.says("hi")
        await asyncio.gather(*polls)
        polls = await waiting(chat, visitors, after + 1)
    chat.services.waiters.release()
    await asyncio.gather(*polls)
    chat.services.waiters.closing = False
    return calls.count


async def test_a_delivered_copy_makes_few_calls(ann: Person, chat: Chat):
    """The wake, the answer, and the next poll's way to its place; post and commit taken out."""
    counts = [await calls_of_a_message_to(chat, ann, count, after) for after, count in enumerate((50, 50, 350))]
    copy = (counts[2] - counts[1]) / 300
    print(f"calls of a copy: {copy}")
    assert 10 < copy <= CALLS_OF_A_COPY


async def test_a_waiting_window_takes_little_memory(chat: Chat, room: Room):
    await room.enter()
    visitors = [Visitor(chat) for _ in range(600)]
    polls = await waiting(chat, visitors[:100], 0)
    tracemalloc.start()
    polls += await waiting(chat, visitors[100:], 0)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"bytes of a waiting window: {taken / 500}")
    assert 500 < taken / 500 <= BYTES_OF_A_WAITING_WINDOW
    chat.services.waiters.release()
    await asyncio.gather(*polls)


async def test_posts_that_come_together_share_a_commit(chat: Chat, room: Room, monkeypatch: pytest.MonkeyPatch):
    people = [await room.enter() for _ in range(40)]
    commits = 0
    writing = chat.services.database.writing

    @asynccontextmanager
    async def write_and_count() -> AsyncIterator[None]:
        nonlocal commits
        commits += 1
        async with writing():
            yield

    monkeypatch.setattr(chat.services.database, "writing", write_and_count)
    await people[0].says("alone")
    assert commits == 1
    await asyncio.gather(*(person.says(f"{number}") for number, person in enumerate(people)))
    assert commits <= 4
