"""A class behind one address, and a flooder behind another, as a real server meets them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.kit.process import Process
from tests.kit.wire import Answer, request

SCHOOL, FLOODER, NEIGHBOUR = "127.0.0.2", "127.0.0.3", "127.0.0.4"
Seat = tuple[str, dict[str, str]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Process]:
    server = Process(tmp_path, LIMITS="on")
    await server.starts_up()
    yield server
    await server.ends()


async def posts(server: Process, seat: Seat, source: str, what: str, **fields: str) -> int:
    """The status that a form is answered with."""
    path, headers = seat
    poll = await server.sends(request("POST", f"{path}{what}", headers, urlencode(fields).encode()), source)
    answer = await poll.answer()
    poll.hangs_up()
    return answer.status


async def looks(server: Process, seat: Seat, source: str) -> Answer:
    path, headers = seat
    poll = await server.sends(request("GET", f"{path}messages?after=0&wait=0", headers), source)
    answer = await poll.answer()
    poll.hangs_up()
    return answer


async def test_sixty_pupils_come_in_at_once_name_themselves_and_say_hello_and_nobody_is_told_to_wait(server: Process):
    async def pupil(number: int) -> list[int]:
        seat = server.seat()
        looked = await looks(server, seat, SCHOOL)
        named = await posts(server, seat, SCHOOL, "nickname", nickname=f"Pupil{number}")
        said = await posts(server, seat, SCHOOL, "messages", text=f"hello from {number}", key=f"{number}")
        return [looked.status, named, said]

    answers = await asyncio.gather(*(pupil(number) for number in range(60)))
    assert Counter(status for several in answers for status in several) == {200: 180}


async def test_a_flooder_with_forty_fresh_seats_is_bounded_and_a_neighbour_never_waits(server: Process):
    async def floods(number: int) -> list[int]:
        seat = server.seat()
        if number % 2:
            await looks(server, seat, FLOODER)
        return [
            await posts(server, seat, FLOODER, "messages", text=f"buy {number} {line}", key=f"{line}")
            for line in range(8)
        ]

    async def talks() -> list[int]:
        seat = server.seat()
        return [
            await posts(server, seat, NEIGHBOUR, "messages", text=f"line {line}", key=f"{line}") for line in range(5)
        ]

    neighbour, *flood = await asyncio.gather(talks(), *(floods(number) for number in range(40)))
    assert neighbour == [200] * 5
    taken = Counter(status for several in flood for status in several)
    assert taken[422] > 100
    assert taken[200] <= 130
