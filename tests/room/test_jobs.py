"""A background task that dies is seen, and started anew; nobody waits for what it left."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
import structlog

from chat.app import Chat
from chat.clock import Clock as RealClock
from chat.jobs import Jobs
from chat.settings import Settings
from tests.kit.chats import Clock, running, until
from tests.kit.people import Person, Room


async def health(chat: Chat) -> dict[str, object]:
    found: dict[str, object] = (await Room(chat).browser().gets("/health")).json()
    return found


@pytest.mark.parametrize("job", ["writer", "forget idle rooms"])
async def test_a_job_that_dies_is_logged_reported_and_started_anew(chat: Chat, ann: Person, clock: Clock, job: str):
    jobs = chat.services.jobs
    assert (await health(chat))["status"] == "ok"
    first = jobs.running[job]
    with structlog.testing.capture_logs() as logged:
        first.cancel()
        await until(lambda: jobs.running[job] is not first)
    assert [(line["event"], line["job"]) for line in logged] == [("job died", job)]
    found = await health(chat)
    assert (found["status"], found["jobs"]) == ("degraded", {job: "cancelled"})
    await ann.says("still stored")
    await ann.sees("still stored")
    clock.passes(61)
    assert (await health(chat))["status"] == "ok"


NAMES = {
    "writer",
    "erase what is old",
    "erase who was forgotten",
    "look for changes",
    "forget who left",
    "forget idle rooms",
    "presence",
    "look",
    "listen",
}


async def test_every_job_of_a_process_among_others_is_started_anew(settings: Settings, postgres_url: str):
    settings = replace(settings, database_url=postgres_url, secret_key="a key that several share")
    async with running(settings) as chat:
        jobs = chat.services.jobs
        await until(lambda: set(jobs.running) == NAMES)
        before = dict(jobs.running)
        for task in before.values():
            task.cancel()
        await until(lambda: all(jobs.running[name] is not task for name, task in before.items()))
        ann = await Room(chat).enter()
        await ann.says("still stored")
        await ann.sees("still stored")


async def test_whoever_posts_while_the_writer_dies_is_refused_and_keeps_the_text(chat: Chat, ann: Person):
    writer = chat.services.jobs.running["writer"]
    refusal = asyncio.create_task(ann.posts("messages", {"text": "hi", "key": "k"}, headers={"HX-Request": "true"}))
    await until(lambda: chat.services.writer.busy)
    writer.cancel()
    answer = await refusal
    assert answer.status_code in (200, 422)
    answer = await ann.posts("messages", {"text": "hi", "key": "k"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    await ann.catches_up()
    assert ann.texts == ["hi"]


async def test_a_task_that_fails_is_logged_and_reported():
    async def fails() -> None:
        raise ZeroDivisionError

    jobs = Jobs(RealClock())
    with structlog.testing.capture_logs() as logged:
        task = jobs.spawn("wave", fails())
        await asyncio.wait([task])
    assert [line["job"] for line in logged] == ["wave"]
    assert jobs.problems() == {"wave": "ZeroDivisionError()"}


async def test_a_job_that_dies_again_and_again_is_not_started_without_a_pause():
    deaths = 0

    async def dies() -> None:
        nonlocal deaths
        deaths += 1

    pauses: list[float] = []

    class Watched(RealClock):
        async def sleep(self, seconds: float) -> None:
            pauses.append(seconds)

    jobs = Jobs(Watched())
    with structlog.testing.capture_logs():
        jobs.keep("dies", dies)
        await until(lambda: deaths >= 10)
        await jobs.stop()
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[0] < pauses[3]
    assert max(pauses) <= 5
