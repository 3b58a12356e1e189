"""What is held in memory has a bound, however long it goes on and whoever asks."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from litestar import _parsers

from chat.app import Chat
from chat.domain import nicknames, rooms, texts
from chat.domain.refusals import Refused
from chat.sizes import Sizes
from chat.web.http import languages, windows
from chat.web.polls import query
from tests.kit.chats import Clock, until
from tests.kit.history import said
from tests.kit.people import Person, Room


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
