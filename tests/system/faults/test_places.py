"""The places of a real server, against clients who lie, who leave, or who want them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit.process import Poll, Process
from tests.kit.wire import request

PLACES = 40
SOON = 12.0
"""Seconds: long before the hold time of those polls is over."""
HERE, THERE, ELSEWHERE = "127.0.0.1", "127.0.0.2", "127.0.0.3"
PACED = b'hx-trigger="every 2s"'
AT_ONCE = b'hx-trigger="load, every 2s"'


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    """A server whose room is in memory, with one message in it."""
    server = Process(tmp_path, HELD_POLLS=str(PLACES), HOLD_SECONDS="25")
    await server.starts_up()
    await server.says("hi")
    path, headers = server.seat()
    await server.asks("GET", f"{path}messages?after=0&wait=0", headers)
    yield server
    await server.ends()


async def held(server: Process, count: int, source: str = HERE) -> list[Poll]:
    """So many windows, each in a browser of its own, whose polls are held."""
    before = (await server.health())["held_polls"]
    polls = []
    for number in range(count):
        polls.append(await server.polls(server.seat(), 1, source))
        await server.holds(before + number + 1)  # one after the other: it is known which is the oldest
    return polls


@pytest.mark.parametrize("cookie", ["browser=", "browser=fixed", "browser", "other=1", "browser=\xff.\xfe"])
async def test_no_browser_cookie_leads_past_the_bound(server: Process, cookie: str):
    await held(server, PLACES)
    for _ in range(30):
        path, headers = server.seat()
        seat = headers["Cookie"].partition(";")[0]
        answer = await server.asks("GET", f"{path}messages?after=1", {**headers, "Cookie": f"{seat}; {cookie}"})
        assert PACED in answer.body
    assert (await server.health())["held_polls"] == PLACES


@pytest.mark.parametrize("how", ["close", "reset", "half"])
@pytest.mark.parametrize("what", ["polls", "streams"])
async def test_the_place_of_a_client_who_leaves_is_free_at_once(server: Process, what: str, how: str):
    for _ in range(35):
        path, headers = server.seat()
        await server.sends(request("GET", path + ("live" if what == "streams" else "messages?after=1"), headers))
    await server.holds(35)
    log = server.logged()
    for client in server.clients:
        client.leaves(how)
    await server.holds(0, SOON)
    assert server.logged() == log
    await held(server, 1)


async def test_a_client_who_leaves_before_its_poll_is_read_gets_no_place(server: Process):
    log = server.logged()
    for _ in range(200):
        (await server.polls(server.seat(), 1)).leaves("close")
    await server.holds(0, SOON)
    (poll,) = await held(server, 1)
    await server.says("again")
    assert b"again" in (await poll.answer()).body
    assert server.logged() == log


async def test_a_poll_with_a_request_behind_it_is_answered_at_once(server: Process):
    """Nothing is read from such a connection, not even its end."""
    path, headers = server.seat()
    poll = request("GET", f"{path}messages?after=1", headers)
    together = await server.sends(poll + request("GET", "/health", {}))
    (later,) = await held(server, 1)
    later.adds(request("GET", "/health", {}))
    for client in (together, later):
        assert PACED in (await client.answer()).body
        assert b'"status":"ok"' in (await client.answer()).body
    (third,) = await held(server, 1)
    third.adds(poll * 2)
    third.leaves("close")
    await server.holds(0, SOON)


async def test_an_address_that_holds_every_place_yields_to_others(server: Process):
    crowd = await held(server, PLACES)
    assert PACED in (await (await server.polls(server.seat(), 1)).answer()).body
    visitors = []
    for number, source in enumerate((THERE, ELSEWHERE, THERE)):
        visitors.append(await server.polls(server.seat(), 1, source))
        assert PACED in (await crowd[number].answer()).body
    assert (await server.health())["held_polls"] == PLACES
    await server.says("again")
    for poll in (*visitors, *crowd[3:]):
        body = (await poll.answer()).body
        assert b"again" in body
        assert AT_ONCE in body


async def test_a_stream_yields_too(server: Process):
    path, headers = server.seat()
    stream = await server.sends(request("GET", f"{path}live", headers))
    await server.holds(1)
    await held(server, PLACES - 1)
    await server.polls(server.seat(), 1, THERE)
    assert (await stream.answer()).body.endswith(b'<meta http-equiv="refresh" content="5">')
    assert (await server.health())["held_polls"] == PLACES


async def test_addresses_that_hold_as_many_leave_each_other_alone(server: Process):
    polls = [await held(server, PLACES // 2, source) for source in (HERE, THERE)]
    for source in (HERE, THERE):
        assert PACED in (await (await server.polls(server.seat(), 1, source)).answer()).body
    await server.says("again")
    answers = await asyncio.gather(*(poll.answer() for group in polls for poll in group))
    assert all(b"again" in answer.body for answer in answers)
