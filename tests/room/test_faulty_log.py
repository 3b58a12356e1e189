"""A log in which something is not as it should be never stops a room: events nobody can draw, numbers that are gone."""

from __future__ import annotations

import pytest
import structlog

from chat.app import Chat
from tests.kit.acts import becomes_unknown, forgets, gives_notice, loses
from tests.kit.chats import Clock, until
from tests.kit.doors import DOORS
from tests.kit.history import said
from tests.kit.people import Person, Room


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_an_event_of_an_unknown_kind_stops_no_window(room: Room, ann: Person, chat: Chat, clock: Clock):
    """Under a poll, a page, a catch-up, a page of older messages, and the log without script."""
    await ann.says("before")
    await ann.catches_up()
    slept = await room.enter()
    await becomes_unknown(await gives_notice(chat, room.name, "from the future"))
    await ann.says("after")
    await forgets(chat, clock)
    with structlog.testing.capture_logs() as logged:
        await ann.sees("before", "after")
        poll = await ann.waits()
        await slept.catches_up()
        assert slept.texts == ["before", "after"]
        entering = await room.enter()
        assert entering.texts == ["before", "after"]
        plain = await room.enter_without_script()
        assert plain.texts == ["before", "after"]
        answer = await plain.browser.gets(f"{plain.path}messages?before=4")
        assert (answer.status_code, "before" in answer.text) == (200, True)
        async with plain.log() as stream:
            await stream.reads("after")
            await ann.says("and on")
            await stream.reads("and on")
        await poll
        assert ann.texts == ["before", "after", "and on"]
        assert 'id="m2"' in entering.answer.text
    assert [line["event"] for line in logged] == ["event not drawn"]
    assert logged[0]["seq"] == 2


@pytest.mark.sizes(tail_events=5, poll_page=3)
async def test_numbers_that_are_gone_end_a_catch_up_and_reload_the_windows(
    room: Room, ann: Person, chat: Chat, clock: Clock
):
    await ann.says("1")
    await ann.catches_up()
    slept = await room.enter()
    await slept.catches_up()
    await forgets(chat, clock)
    await said(chat, map(str, range(2, 10)), room.name)
    await loses(room.name, 3, 4, 8)
    with structlog.testing.capture_logs() as logged:
        await slept.polls("&wait=0")
        assert slept.texts == ["1", "2"]
        await slept.polls("&wait=0")
        assert slept.answer.headers["hx-refresh"] == "true"
        await slept.reloads()
        assert slept.texts == ["9"]
        await slept.catches_up()
        await ann.reloads()
        await ann.catches_up()
        poll = await ann.waits()
        await slept.says("10")
        await poll
        assert ann.texts == ["9", "10"]
    assert [line["event"] for line in logged] == ["numbers are missing in a room"]


async def test_numbers_that_another_process_announced_and_that_are_gone_are_logged_once(
    room: Room, ann: Person, chat: Chat
):
    """The tail reads up to the gap, and begins anew behind it."""
    await ann.says("1")
    await ann.catches_up()
    poll = await ann.waits()
    tail = await chat.services.hub.tail(room.name)
    hub = chat.services.hub
    with structlog.testing.capture_logs() as logged:
        hub.rooms[room.name].announced_seq = 1
        await stored_by_another_process(chat, room.name, "2", "3", "4")
        await loses(room.name, 3)
        for _ in range(3):
            hub.on_seq(room.name, 4)
            await until(lambda: hub.rooms.get(room.name) is not tail)
        await poll
        assert ann.answer.status_code == 200
        await ann.polls("&wait=0")
        if "hx-refresh" in ann.answer.headers:
            await ann.reloads()
        await ann.catches_up()
        await ann.says("5")
        await ann.catches_up()
        assert ann.texts[-2:] == ["4", "5"]
    assert [line["event"] for line in logged].count("numbers are missing in a room") == 1


async def stored_by_another_process(chat: Chat, room: str, *texts: str) -> None:
    from chat.domain.events import Message
    from chat.storage.append import Draft, append

    await append(chat.services.database, [Draft(Message(room=room, seat="elsewhere", text=text)) for text in texts])


async def test_a_fault_on_the_polls_own_way_is_logged_and_answered_like_every_other(
    ann: Person, chat: Chat, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    await ann.polls()
    monkeypatch.setattr(type(chat.services.answers), "shared", fails)
    with structlog.testing.capture_logs() as logged:
        answer = await ann.polls("&wait=0")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert [line["event"] for line in logged] == ["poll not answered", "fault"]
