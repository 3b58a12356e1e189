"""nginx and Caddy in front of two processes, with the configurations of `deploy/`."""

import asyncio
import os
import shutil
import signal
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from tests.kit.chats import PATIENCE, until
from tests.kit.people import Browser, Person
from tests.kit.postgres import OwnPostgres
from tests.kit.process import Process
from tests.kit.reverse_proxies import HOST, Caddy, Nginx, Proxy
from tests.kit.windows import lines

HTMX = {"HX-Request": "true"}
ESTABLISHED = "01"
NOBODY = (502, 503)
"""What a proxy says when it reaches no process."""


@pytest.fixture(params=[{}])
async def processes(request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path) -> AsyncIterator[list[Process]]:
    settings = {"DATABASE_URL": postgres_url, "SECRET_KEY": "k", "TRUSTED_PROXIES": "127.0.0.1", **request.param}
    made = []
    for number in range(2):
        (tmp_path / f"{number}").mkdir()
        made.append(Process(tmp_path / f"{number}", **settings))
    await asyncio.gather(*(process.starts_up() for process in made))
    yield made
    for process in made:
        await process.ends()


@pytest.fixture(params=[Nginx, Caddy], ids=lambda kind: kind.__name__)
def proxy(request: pytest.FixtureRequest, processes: list[Process], tmp_path: Path) -> Iterator[Proxy]:
    if not request.param.program():
        pytest.skip(f"not installed: apt install {request.param.package}")
    proxy: Proxy = request.param(tmp_path / "proxy", [f"127.0.0.1:{process.port}" for process in processes])
    proxy.start()
    yield proxy
    proxy.stop()


class Somewhere(httpx.AsyncHTTPTransport):
    """Finds the host on this machine."""

    def __init__(self, port: int, **options: Any) -> None:
        super().__init__(**options)
        self._port = port

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        there = httpx.Request(
            request.method,
            request.url.copy_with(host="127.0.0.1", port=self._port),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": HOST},
        )
        return await super().handle_async_request(there)


def from_address(address: str, proxy: Proxy) -> httpx.AsyncClient:
    """A browser with this address."""
    trust = ssl.create_default_context(cafile=str(proxy.certificate))
    return httpx.AsyncClient(
        transport=Somewhere(proxy.port, verify=trust, local_address=address),
        base_url=f"https://{HOST}",
        headers={"Accept-Language": "en"},
        follow_redirects=True,
        timeout=PATIENCE,
    )


@pytest.fixture
async def visitor(proxy: Proxy) -> AsyncIterator[httpx.AsyncClient]:
    async with from_address("127.0.0.2", proxy) as visitor:
        yield visitor


async def says(ann: Person, text: str, key: str, **headers: str) -> httpx.Response:
    return await ann.posts("messages", {"text": text, "key": key}, headers={**HTMX, **headers})


async def texts(ann: Person) -> list[str]:
    """What a fresh page shows."""
    await ann.reloads()
    return ann.texts


async def insists(ann: Person, text: str, key: str) -> int:
    """Says it until it is taken, as often as it is refused."""
    refused = 0
    while (answer := await says(ann, text, key)).status_code != 200:
        assert answer.status_code in NOBODY
        refused += 1
    return refused


async def enter(visitor: httpx.AsyncClient) -> Person:
    """A window that polls: its first poll has been answered."""
    person = Person(Browser(visitor))
    await person.enters("/r/lobby/")
    await person.polls()
    return person


async def held(processes: list[Process]) -> int:
    """How many wait, for a poll's answer or for the next line of a log without end."""
    return sum([(await process.health())["held_polls"] for process in processes])


async def test_a_held_poll_is_answered_through_it(visitor: httpx.AsyncClient, processes: list[Process]):
    ann, bob = await enter(visitor), await enter(visitor)
    poll = asyncio.create_task(bob.polls())
    while not await held(processes):
        assert not poll.done()
    assert (await says(ann, "hi", "key")).status_code == 200
    assert "hi" in (await poll).text


async def test_seats_are_kept_to_tls(visitor: httpx.AsyncClient):
    entering = await visitor.get("/r/lobby/")
    sent = [cookie for answer in entering.history for cookie in answer.headers.get_list("set-cookie")]
    cookies = [cookie for cookie in sent if cookie.startswith(("seat=", "browser="))]
    assert len(cookies) == 2
    assert all("; secure" in cookie.lower() for cookie in cookies)


async def test_who_comes_without_tls_is_sent_to_it(proxy: Proxy):
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"http://127.0.0.1:{proxy.plain_port}/r/a?b", headers={"Host": HOST})
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{HOST}/r/a?b")


@pytest.mark.parametrize("processes", [{"LIMITS": "on", "ADDRESS_BURST": "6", "ADDRESS_SECONDS": "60"}], indirect=True)
async def test_the_visitor_s_address_is_known_and_cannot_be_made_up(visitor: httpx.AsyncClient, proxy: Proxy):
    """The limit of an address is met by whoever has it, whatever they claim, and by nobody else.

    None of these windows looks at the room: those that poll may each greet.
    """
    answers = []
    for number in range(20):
        visitor.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        ann = Person(Browser(visitor))
        await ann.enters("/r/lobby/")
        answers.append((await says(ann, f"{number}", "key")).status_code)
        visitor.cookies.clear()
    assert answers[0] == 200
    assert 422 in answers
    async with from_address("127.0.0.3", proxy) as neighbour:
        bob = await enter(neighbour)
        assert (await says(bob, "hi", "key")).status_code == 200


async def test_another_site_cannot_post(visitor: httpx.AsyncClient):
    ann = await enter(visitor)
    foreign = {"Origin": "https://example.net", "Sec-Fetch-Site": "cross-site"}
    assert (await says(ann, "hi", "key", **foreign)).status_code == 403
    assert await texts(ann) == []


async def test_the_log_without_script_comes_while_it_is_written(visitor: httpx.AsyncClient):
    ann = await enter(visitor)
    async with visitor.stream("GET", f"{ann.path}live") as log:
        read, chunks = "", log.aiter_text()
        while 'role="log"' not in read:
            read += await anext(chunks)
        assert (await says(ann, "hi there", "key")).status_code == 200
        while "hi there" not in read:
            read += await anext(chunks)


async def test_a_log_that_nobody_reads_any_more_ends(visitor: httpx.AsyncClient, processes: list[Process]):
    ann = await enter(visitor)
    with anyio.fail_after(PATIENCE):
        async with visitor.stream("GET", f"{ann.path}live") as log:
            chunks = log.aiter_text()
            assert await anext(chunks)
            while not await held(processes):
                assert log.status_code == 200
        while await held(processes):
            assert log.is_closed


async def test_when_a_process_dies_requests_go_to_the_other_and_nothing_is_said_twice(
    visitor: httpx.AsyncClient, processes: list[Process], proxy: Proxy
):
    ann = await enter(visitor)
    assert (await says(ann, "before", "first")).status_code == 200
    await processes[0].is_killed()
    for number in range(10):
        for _ in range(2):
            refused = await insists(ann, f"{number}", f"key-{number}")
            assert proxy.refuses_posts or not refused
    assert await texts(ann) == ["before", *map(str, range(10))]


def unread(port: int) -> int:
    """How many connections have brought it something that it has not read."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    return sum(
        row[1].endswith(f":{port:04X}") and row[3] == ESTABLISHED and not row[4].endswith(":00000000") for row in rows
    )


async def test_a_post_whose_process_dies_under_it_is_said_by_the_other(proxy: Proxy, processes: list[Process]):
    """Both processes are frozen with posts of many people before them; then one is killed."""
    async with AsyncExitStack() as stack:
        browsers = [from_address(f"127.0.0.{number}", proxy) for number in range(2, 14)]
        people = [await enter(await stack.enter_async_context(browser)) for browser in browsers]
        for process in processes:
            os.kill(process.pid, signal.SIGSTOP)
        posts = [asyncio.create_task(insists(ann, f"{number}", "key")) for number, ann in enumerate(people)]
        await until(lambda: sum(unread(process.port) for process in processes) >= len(posts))
        await processes[0].is_killed()
        os.kill(processes[1].pid, signal.SIGCONT)
        refused = await asyncio.gather(*posts)
        assert proxy.refuses_posts or not any(refused)
        assert sorted(await texts(people[0])) == sorted(str(number) for number in range(12))


async def test_a_process_that_is_back_is_used_again(visitor: httpx.AsyncClient, processes: list[Process]):
    """A proxy looks at it again after 2 s; who meets nobody until then sends the same again."""
    ann = await enter(visitor)
    await processes[0].is_killed()
    await insists(ann, "one", "first")
    await processes[0].starts_up()
    await processes[1].is_killed()
    await insists(ann, "two", "second")
    assert await texts(ann) == ["one", "two"]


@pytest.mark.parametrize("processes", [{"HOLD_SECONDS": "1"}], indirect=True)
async def test_an_upgrade_of_one_process_after_the_other_loses_nothing(
    visitor: httpx.AsyncClient, processes: list[Process]
):
    """Even when they follow each other at once: then a post may be refused, and is sent again with its key."""
    ann, bob = await enter(visitor), await enter(visitor)
    said: list[str] = []
    seen: list[str] = []
    upgraded = asyncio.Event()

    def seen_more_than(count: int) -> bool:
        return len(seen) > count

    async def talks() -> None:
        while not upgraded.is_set():
            said.append(f"{len(said)}")
            await insists(ann, said[-1], f"key-{said[-1]}")

    async def listens() -> None:
        while not (upgraded.is_set() and talking.done() and len(seen) == len(said)):
            if (answer := await bob.polls()).status_code == 200:
                seen.extend(line.text for line in lines(answer.text))

    talking, listening = asyncio.create_task(talks()), asyncio.create_task(listens())
    for number, process in enumerate(processes):
        await until(partial(seen_more_than, 20 * number))
        assert await process.is_stopped() < 2
        await process.starts_up()
    upgraded.set()
    await asyncio.gather(talking, listening)
    assert seen == said


@pytest.mark.parametrize("processes", [{"HOLD_SECONDS": "1"}], indirect=True)
async def test_while_the_database_is_away_those_who_read_read_on(
    visitor: httpx.AsyncClient, processes: list[Process], own_postgres: OwnPostgres
):
    ann, bob = await enter(visitor), await enter(visitor)
    assert (await says(ann, "hi", "key")).status_code == 200
    assert "hi" in (await bob.polls()).text
    await asyncio.to_thread(own_postgres.stop)
    try:
        for process in processes:
            await process.becomes(503)
        for _ in range(2):
            assert (await bob.polls()).status_code == 200
        assert (await says(ann, "not now", "other")).status_code == 422
    finally:
        await asyncio.to_thread(own_postgres.start)
    for process in processes:
        await process.becomes(200)
    assert (await says(ann, "again", "other")).status_code == 200
    assert "again" in (await bob.polls()).text


async def test_the_operator_s_figures_are_not_for_everybody(visitor: httpx.AsyncClient):
    assert (await visitor.get("/metrics")).status_code == 404
    assert (await visitor.get("/health")).status_code == 200


async def test_browsers_are_spoken_to_in_http_2(proxy: Proxy):
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("no curl")
    asked = [curl, "--insecure", "--silent", "--http2", "--output", "/dev/null", "--write-out", "%{http_version}"]
    where = ["--resolve", f"{HOST}:{proxy.port}:127.0.0.1", f"https://{HOST}:{proxy.port}/health"]
    done = await asyncio.to_thread(subprocess.run, [*asked, *where], capture_output=True, text=True)
    assert done.stdout == "2"
