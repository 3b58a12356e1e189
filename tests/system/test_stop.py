"""Stopping and starting: nobody's poll is left hanging, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import AsyncIterator

import pytest

from tests.kit.chats import until
from tests.kit.process import Poll, Process
from tests.kit.stored import Stored
from tests.kit.wire import Answer, Connection, Failed, request

PROMISED_SECONDS = 2.0
"""From SIGTERM to the end."""
SLACK = 2.0
"""This machine may have other things to do."""
AGAIN_LATER = 'hx-trigger="every 2s"'

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def settings_of_server(request: pytest.FixtureRequest) -> dict[str, str]:
    return getattr(request, "param", {})


@pytest.fixture
async def server(tmp_path, settings_of_server) -> AsyncIterator[Process]:
    server = Process(tmp_path, **settings_of_server)
    await server.starts_up()
    yield server
    await server.ends()
    assert not server.faults()


async def polls(server: Process, count: int) -> list[Poll]:
    """So many windows of so many people wait in an empty room."""
    await server.asks("GET", *server.seat())
    turn = asyncio.Semaphore(200)

    async def poll() -> Poll:
        async with turn:
            return await server.polls(server.seat(), after=0)

    return list(await asyncio.gather(*(poll() for _ in range(count))))


async def answers(polls: list[Poll]) -> list[Answer]:
    return list(await asyncio.gather(*(poll.answer() for poll in polls)))


class Speaker:
    """Somebody who posts as fast as it is acknowledged."""

    def __init__(self, server: Process, name: str) -> None:
        self.server = server
        self.name = name
        self.acknowledged: list[str] = []
        self.sent = 0

    async def speaks(self) -> None:
        connection = Connection(self.server.port)
        path, headers = self.server.seat("garden")
        try:
            while True:
                self.sent += 1
                text = f"{self.name}-{self.sent}"
                body = f"text={text}&key={self.sent}".encode()
                answer = await connection.ask("POST", f"{path}messages", headers, body)
                if answer.status == 200:
                    self.acknowledged.append(text)
        except Failed:
            pass
        finally:
            connection.close()


async def many_speak(server: Process, count: int = 20) -> tuple[list[Speaker], list[asyncio.Task[None]]]:
    """People who are in the middle of it."""
    speakers = [Speaker(server, f"{server.starts}-{number}") for number in range(count)]
    tasks = [asyncio.create_task(speaker.speaks()) for speaker in speakers]
    await until(lambda: all(len(speaker.acknowledged) > 1 for speaker in speakers))
    return speakers, tasks


def check_stored(server: Process, speakers: list[Speaker]) -> None:
    stored = Stored(server.database)
    stored.check()
    texts = stored.texts("garden")
    assert len(texts) == len(set(texts))
    for speaker in speakers:
        assert set(speaker.acknowledged) <= set(texts)


async def test_a_stop_answers_every_held_poll_and_stores_every_accepted_post(server: Process):
    held = await polls(server, 1000)
    await server.holds(1000)
    speakers, tasks = await many_speak(server)
    ending = asyncio.create_task(server.is_stopped())
    for answer in await answers(held):
        assert answer.status == 200
        assert answer.header("connection") == "close"
        assert AGAIN_LATER in answer.body.decode()
        assert "after=0" in answer.body.decode()
    assert await ending < PROMISED_SECONDS * SLACK
    await asyncio.gather(*tasks)
    check_stored(server, speakers)


async def test_after_a_stop_windows_go_on_where_they_were(server: Process):
    (held,) = await polls(server, 1)
    await server.holds(1)
    await server.is_stopped()
    held.hangs_up()
    await server.starts_up()
    (held,) = await polls(server, 1)
    await server.holds(1)
    await server.says("back again")
    (answer,) = await answers([held])
    assert "back again" in answer.body.decode()


async def test_a_kill_loses_nothing_that_was_acknowledged(server: Process):
    for _ in range(3):
        speakers, tasks = await many_speak(server)
        await server.is_killed()
        await asyncio.gather(*tasks)
        check_stored(server, speakers)
        await server.starts_up()


async def test_a_stop_does_not_wait_for_clients_that_are_gone_or_say_nothing_or_read_nothing(server: Process):
    gone = await polls(server, 20)
    await server.holds(20)
    for poll in gone:
        poll.hangs_up()
    path, headers = server.seat()
    half_head = await asyncio.open_connection("127.0.0.1", server.port)
    half_head[1].write(b"GET / HTTP/1.1\r\nHost: ")
    half_body = await asyncio.open_connection("127.0.0.1", server.port)
    half_body[1].write(request("POST", f"{path}messages", headers, b"text=half of it")[:-5])
    silent = await asyncio.open_connection("127.0.0.1", server.port)
    not_reading = await asyncio.open_connection("127.0.0.1", server.port, limit=1)
    not_reading[1].write(request("GET", "/static/htmx-2.0.11.min.js", {}) * 200)
    assert (await server.health())["code"] == 200
    assert await server.is_stopped() < PROMISED_SECONDS * SLACK
    for _, writer in (half_head, half_body, silent, not_reading):
        writer.transport.abort()


async def test_who_cannot_wait_ends_it_with_a_second_signal(server: Process):
    path, headers = server.seat()
    connection = await asyncio.open_connection("127.0.0.1", server.port)
    connection[1].write(request("POST", f"{path}messages", headers, b"text=half of it")[:-5])
    assert (await server.health())["code"] == 200
    os.kill(server.pid, signal.SIGINT)
    await asyncio.sleep(0.05)
    os.kill(server.pid, signal.SIGINT)
    await asyncio.to_thread(server.waits, 10)
    connection[1].transport.abort()


@pytest.mark.parametrize("settings_of_server", [{"HOLD_SECONDS": "1"}], indirect=True)
async def test_a_poll_whose_client_is_gone_does_not_stay_beyond_the_hold_time(server: Process):
    gone = await polls(server, 20)
    for poll in gone:
        poll.hangs_up()
    await server.holds(0)


async def test_thousands_wait_and_all_hear(server: Process):
    count = min(5000, raise_open_files() - 300)
    held = await polls(server, count)
    await server.holds(count)
    assert (await server.says("to all")).status == 200
    bodies = {answer.body for answer in await answers(held)}
    assert len(bodies) == 1
    assert b"to all" in bodies.pop()


@pytest.mark.parametrize("settings_of_server", [{"HELD_POLLS": "50"}], indirect=True)
async def test_over_the_bound_polls_are_asked_to_come_more_slowly(server: Process):
    waiting = await polls(server, 50)
    await server.holds(50)
    over = await polls(server, 10)
    for answer in await answers(over):
        assert answer.status == 200
        assert AGAIN_LATER in answer.body.decode()
    await server.holds(50)
    await server.says("to all")
    for answer in await answers(waiting):
        assert "to all" in answer.body.decode()


def raise_open_files() -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
