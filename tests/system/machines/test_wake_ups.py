"""What one process stores, the windows of the others are told; a lost wake-up costs a moment, never a message."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
import structlog
from litestar.channels.backends.base import ChannelsBackend

from chat.app import Chat
from chat.clock import Clock
from chat.delivery.bus import Bus
from chat.delivery.hub import Hub
from chat.jobs import Jobs
from chat.settings import Settings
from chat.sizes import Sizes
from chat.storage import log
from chat.storage.tables import Event as EventRow
from chat.storage.tables import Room as RoomRow
from tests.kit.chats import until
from tests.kit.history import said
from tests.kit.people import Person, Room
from tests.kit.redis import Redis
from tests.kit.shared_database import together

Query = Callable[[str], Awaitable[list[Any]]]
CUT_LISTENERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE query LIKE 'LISTEN%' AND datname = current_database()
"""
NEVER = 3600.0
NONSENSE = ("", ":", "lobby", "lobby:", "lobby:x:y", "lobby:-1:y", "lobby:²:y", "lobby:9", "\ud7ff:1:y", "a:b:c:d")


NEVER_LOOKS = Sizes(look_seconds=NEVER)
"""Processes hear of each other by wake-ups alone."""


@pytest.fixture
def not_listening(settings: Settings) -> Settings:
    """Processes that nobody wakes."""
    return replace(settings, channels_url="memory://")


@pytest.fixture(params=["postgres", "redis"])
async def channel(
    request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Chat]]:
    """Chats that wake each other through each kind of channel."""
    url = "" if request.param == "postgres" else request.getfixturevalue("redis_url")
    async with together(replace(settings, channels_url=url), 3, sizes=NEVER_LOOKS) as chats:
        yield chats


async def health(chat: Chat) -> Any:
    return (await Room(chat).browser().gets("/health")).json()


async def test_a_poll_held_by_one_process_is_answered_with_what_another_stored(channel: list[Chat]):
    ann, bob, cid = [await Room(chat).enter() for chat in channel]
    polls = []
    for person in (bob, cid):
        await person.polls()
        polls.append(await person.waits())
    await ann.says("hi")
    await asyncio.gather(*polls)
    assert bob.texts == cid.texts == ["hi"]


async def test_rooms_with_names_in_any_script_are_told_apart(channel: list[Chat]):
    for name in ("聊天室-1", "a_b", "x" * 40, "聊" * 40):
        ann, bob = [await Room(chat, name).enter() for chat in channel[:2]]
        await bob.polls()
        poll = await bob.waits()
        await ann.says(name[:9])
        await poll
        assert bob.texts == [name[:9]]


async def test_many_rooms_in_one_transaction_are_all_told(channel: list[Chat]):
    rooms = [f"{'long-name-' * 3}{number}" for number in range(300)]
    tails = [await channel[1].services.hub.tail(room) for room in rooms]
    await asyncio.gather(*(said(channel[0], ["hi"], room) for room in rooms))
    await until(lambda: all(tail.last == 1 for tail in tails))


async def test_nobody_is_woken_by_what_they_did_themselves(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    heard: list[Hub] = []
    monkeypatch.setattr(Hub, "on_seq", lambda hub, room, seq: heard.append(hub))
    async with together(settings, 3) as chats:
        ann = await Room(chats[0]).enter()
        await ann.says("hi")
        await until(lambda: len(heard) == 2)
        assert {id(hub) for hub in heard} == {id(chat.services.hub) for chat in chats[1:]}


async def test_what_is_no_wake_up_is_passed_over(chats: list[Chat], bob: Person, query: Query):
    wakes = chats[1].services.bus
    assert wakes
    for nonsense in NONSENSE:
        await query(f"SELECT pg_notify('{wakes.name}', '{nonsense}')")
    wakes.receive(b"\xff\xfe:1:z")
    poll = await _held(bob)
    await said(chats[0], ["hi"])
    await poll
    assert bob.texts == ["hi"]


async def test_a_number_that_was_never_reached_does_no_harm(chats: list[Chat], bob: Person):
    poll = await _held(bob)
    chats[1].services.hub.on_seq("lobby", 1000)
    tail = await chats[1].services.hub.tail("lobby")
    await until(lambda: tail.announced_seq == 0)
    await said(chats[0], ["hi"])
    await poll
    assert bob.texts == ["hi"]


async def _held(person: Person) -> "asyncio.Task[Any]":
    if "first=1" in person.cursor:
        await person.polls()
    return await person.waits()


# --- lost wake-ups ---


@pytest.fixture
async def not_listening_chats(not_listening: Settings) -> AsyncIterator[list[Chat]]:
    async with together(not_listening, 2, sizes=NEVER_LOOKS) as chats:
        yield chats


async def test_who_is_told_nothing_looks_by_themselves(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    sizes = Sizes(look_seconds=0.01)
    async with together(replace(settings, channels_url="memory://"), 2, sizes=sizes) as chats:
        ann, bob = [await Room(chat).enter() for chat in chats]
        poll = await _held(bob)
        await ann.says("hi")
        await poll
        assert bob.texts == ["hi"]


async def test_a_lost_wake_up_costs_two_seconds_at_most():
    assert Sizes.look_seconds < 2


async def test_a_look_asks_once_and_only_for_rooms_in_use(
    not_listening_chats: list[Chat], monkeypatch: pytest.MonkeyPatch
):
    chat = not_listening_chats[1]
    bob, cid = await Room(chat, "bobs").enter(), await Room(chat, "cids").enter()
    polls = [await _held(bob), await _held(cid)]
    for number in range(50):
        (await chat.services.hub.tail(f"room-{number}")).used_at -= NEVER
    asked = []
    look = log.last_seqs

    async def counted(rooms):
        asked.append(sorted(rooms))
        return await look(rooms)

    monkeypatch.setattr(log, "last_seqs", counted)
    await chat.services.hub.check_rooms_in_use()
    assert asked == [["bobs", "cids"]]
    chat.services.waiters.release()
    await asyncio.gather(*polls)
    for tail in chat.services.hub.rooms.values():
        tail.used_at -= NEVER
    await chat.services.hub.check_rooms_in_use()
    assert len(asked) == 1, "it asked although nobody is there"


async def test_a_page_shows_all_that_was_stored_before_it_was_asked_for(not_listening_chats: list[Chat]):
    ann, _ = [await Room(chat).enter() for chat in not_listening_chats]
    for text in ("one", "two"):
        await ann.says(text)
        ann.browser.move_to(not_listening_chats[1])
        await ann.reloads()
        assert ann.texts[-1] == text
        ann.browser.move_to(not_listening_chats[0])
    plain = await Room(not_listening_chats[1]).enter_without_script()
    assert plain.texts == ["one", "two"]


async def test_a_window_that_another_process_has_told_more_goes_on(not_listening_chats: list[Chat]):
    ann, bob = [await Room(chat).enter() for chat in not_listening_chats]
    await bob.polls()
    for text in ("one", "two"):
        await ann.says(text)
        await ann.sees(text)
        ann.browser.move_to(not_listening_chats[1])
        answer = await ann.polls("&wait=0")
        assert "hx-refresh" not in answer.headers
        ann.browser.move_to(not_listening_chats[0])


async def test_a_crowd_that_moves_to_another_process_asks_the_database_once(
    not_listening_chats: list[Chat], monkeypatch: pytest.MonkeyPatch
):
    crowd = [await Room(not_listening_chats[0]).enter() for _ in range(30)]
    await Room(not_listening_chats[1]).enter()
    await said(not_listening_chats[0], ["hi"])
    asked = 0
    look = log.last_seq

    async def counted(room):
        nonlocal asked
        asked += 1
        return await look(room)

    for person in crowd:
        await person.sees("hi")
        person.browser.move_to(not_listening_chats[1])
    monkeypatch.setattr(log, "last_seq", counted)
    answers = await asyncio.gather(*(person.polls("&wait=0") for person in crowd))
    assert not any("hx-refresh" in answer.headers for answer in answers)
    assert 0 < asked < 5


async def test_a_window_that_knows_more_than_there_is_loads_the_page_anew(not_listening_chats: list[Chat]):
    bob = await Room(not_listening_chats[1]).enter()
    await said(not_listening_chats[1], ["one"])
    answer = await bob.browser.gets(f"{bob.path}messages?after=99", **{"HX-Request": "true"})
    assert answer.headers["hx-refresh"] == "true"


async def test_when_the_log_goes_back_open_windows_load_the_page_anew(not_listening_chats: list[Chat]):
    """As after a failover to a machine that had not got the last messages yet."""
    bob = await Room(not_listening_chats[1]).enter()
    await said(not_listening_chats[1], ["one", "two", "three"])
    await bob.sees("one", "two", "three")
    poll = await bob.waits()
    await EventRow.delete().where(EventRow.seq > 1)
    await RoomRow.update({RoomRow.last_seq: 1}, force=True)
    await not_listening_chats[1].services.hub.check_rooms_in_use()
    await poll
    await said(not_listening_chats[0], ["another two"])
    await not_listening_chats[1].services.hub.check_rooms_in_use()
    await bob.sees("another two")
    assert bob.texts == ["one", "another two"]


# --- a channel that breaks ---


async def test_a_process_whose_listener_ends_gets_another(
    settings: Settings, query: Query, monkeypatch: pytest.MonkeyPatch
):
    sizes = Sizes(look_seconds=NEVER, reconnect_seconds=0.3)
    async with together(settings, 3, sizes=sizes) as chats:
        await gets_another_listener(chats, query)


async def gets_another_listener(chats: list[Chat], query: Query) -> None:
    bob = await Room(chats[1]).enter()
    poll = await _held(bob)
    with structlog.testing.capture_logs() as logged:
        assert (await query(CUT_LISTENERS))[0][0] == 3
        wakes = [chat.services.bus for chat in chats if chat.services.bus]
        await until(lambda: all(wake.problem for wake in wakes))
        assert (await health(chats[1]))["status"] == "degraded"
        assert (await health(chats[1]))["wake_ups"] != "ok"
        await said(chats[0], ["while nobody heard"])
        await poll
        assert bob.texts == ["while nobody heard"]
        poll = await _held(bob)
        await said(chats[0], ["and heard again"])
        await poll
    assert (await health(chats[1]))["status"] == "ok"
    assert (await health(chats[1]))["wake_ups"] == "ok"
    assert [line["event"] for line in logged] == ["wake-ups lost"] * 3 + ["wake-ups back"] * 3


async def test_a_channel_that_cannot_be_reached_is_said_once_and_tried_again():
    tries = 0

    def make() -> ChannelsBackend:
        nonlocal tries
        tries += 1
        raise OSError("nobody is there")

    async def check() -> None:
        pass

    jobs = Jobs(Clock())
    sizes = Sizes(reconnect_seconds=0.001, longest_reconnect_seconds=0.001)
    bus = Bus("name", make, lambda room, seq: None, check, jobs, sizes)
    with structlog.testing.capture_logs() as logged:
        bus.start()
        await until(lambda: tries > 20)
        assert bus.problem == "nobody is there"
        await jobs.stop()
    assert [line["event"] for line in logged] == ["wake-ups lost"]


async def test_redis_comes_back(settings: Settings, redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any):
    with Redis("redis-server", tmp_path) as redis:
        async with together(replace(settings, channels_url=redis.url), 2, sizes=NEVER_LOOKS) as chats:
            ann, bob = [await Room(chat).enter() for chat in chats]
            wakes = [chat.services.bus for chat in chats if chat.services.bus]
            poll = await _held(bob)
            redis.stop()
            await until(lambda: all(wake.problem for wake in wakes))
            await ann.says("while nobody heard")
            assert not poll.done()
            assert (await health(chats[1]))["wake_ups"] != "ok"
            redis.start()
            await poll
            assert bob.texts == ["while nobody heard"]
            await until(lambda: not any(wake.problem for wake in wakes))
            poll = await _held(bob)
            await ann.says("and heard again")
            await poll
            assert bob.texts == ["while nobody heard", "and heard again"]
            assert (await health(chats[1]))["wake_ups"] == "ok"
