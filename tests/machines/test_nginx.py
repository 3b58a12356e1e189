"""nginx in front of two processes, with the configuration of `deploy/`."""

import asyncio
import shutil
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.process import Process
from tests.support.nginx import HOST, Nginx, find_nginx
from tests.support.page import Page

HTMX = {"HX-Request": "true"}
NGINX = find_nginx()
NOT_HERE = 75
SHORT = ("--faults=8", "--pause=1.5", "--windows=90", "--frames=3", "--posters=6", "--posts=1500")
HURRIED = ("--patience=4", "--haste=4", "--hold=4")

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx: apt install nginx-light")


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


@pytest.fixture
def nginx(processes: list[Process], tmp_path: Path) -> Iterator[Nginx]:
    assert NGINX
    nginx = Nginx(NGINX, tmp_path / "nginx", [f"127.0.0.1:{process.port}" for process in processes], tls=True)
    nginx.start()
    yield nginx
    nginx.stop()


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


def from_address(address: str, nginx: Nginx) -> httpx.AsyncClient:
    """A browser with this address."""
    trust = ssl.create_default_context(cafile=str(nginx.certificate))
    return httpx.AsyncClient(
        transport=Somewhere(nginx.port, verify=trust, local_address=address),
        base_url=f"https://{HOST}",
        headers={"Accept-Language": "en"},
        follow_redirects=True,
    )


@pytest.fixture
async def visitor(nginx: Nginx) -> AsyncIterator[httpx.AsyncClient]:
    async with from_address("127.0.0.2", nginx) as visitor:
        yield visitor


class Window:
    """A window's page, and what is done from there."""

    def __init__(self, browser: httpx.AsyncClient, answer: httpx.Response) -> None:
        self.browser = browser
        self.answer = answer
        self.path = httpx.URL(f"https://{HOST}").join(answer.history[-1].headers["location"]).path

    async def says(self, text: str, key: str, **headers: str) -> httpx.Response:
        ours = {**HTMX, "Origin": f"https://{HOST}", "Sec-Fetch-Site": "same-origin", **headers}
        return await self.browser.post(f"{self.path}messages", data={"text": text, "key": key}, headers=ours)

    async def polls(self, after: int) -> httpx.Response:
        return await self.browser.get(f"{self.path}messages?after={after}", headers=HTMX)

    async def texts(self) -> list[str]:
        return [line.text for line in Page((await self.browser.get(self.path)).text).messages]


async def enter(browser: httpx.AsyncClient) -> Window:
    return Window(browser, await browser.get("/r/lobby/"))


async def test_a_held_poll_is_answered_through_it(visitor: httpx.AsyncClient, processes: list[Process]):
    ann, bob = await enter(visitor), await enter(visitor)
    poll = asyncio.create_task(bob.polls(after=0))
    while not any([(await process.health())["held_polls"] for process in processes]):
        assert not poll.done()
    assert (await ann.says("hi", "key")).status_code == 200
    assert "hi" in (await poll).text


async def test_seats_are_kept_to_tls(visitor: httpx.AsyncClient):
    ann = await enter(visitor)
    cookies = [cookie for answer in ann.answer.history for cookie in answer.headers.get_list("set-cookie")]
    assert len(cookies) == 2
    assert all("; secure" in cookie.lower() for cookie in cookies)


async def test_who_comes_without_tls_is_sent_to_it(nginx: Nginx):
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(f"http://127.0.0.1:{nginx.plain_port}/r/a?b", headers={"Host": HOST})
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{HOST}/r/a?b")


@pytest.mark.parametrize("processes", [{"LIMITS": "on", "ADDRESS_BURST": "6"}], indirect=True)
async def test_the_visitor_s_address_is_known_and_cannot_be_made_up(visitor: httpx.AsyncClient, nginx: Nginx):
    """The limit of an address is met by whoever has it, whatever they claim, and by nobody else."""
    answers = []
    for number in range(20):
        visitor.headers["X-Forwarded-For"] = f"192.0.2.{number}"
        ann = await enter(visitor)
        answers.append((await ann.says(f"{number}", "key")).status_code)
        visitor.cookies.clear()
    assert answers[0] == 200
    assert 422 in answers
    async with from_address("127.0.0.3", nginx) as neighbour:
        bob = await enter(neighbour)
        assert (await bob.says("hi", "key")).status_code == 200


async def test_another_site_cannot_post(visitor: httpx.AsyncClient):
    ann = await enter(visitor)
    foreign = {"Origin": "https://example.net", "Sec-Fetch-Site": "cross-site"}
    assert (await ann.says("hi", "key", **foreign)).status_code == 403
    assert await ann.texts() == []


async def test_the_log_without_script_comes_while_it_is_written(visitor: httpx.AsyncClient):
    ann = await enter(visitor)
    async with visitor.stream("GET", f"{ann.path}live") as log:
        read, chunks = "", log.aiter_text()
        while 'role="log"' not in read:
            read += await anext(chunks)
        assert (await ann.says("hi there", "key")).status_code == 200
        while "hi there" not in read:
            read += await anext(chunks)


async def test_when_a_process_dies_requests_go_to_the_other_and_nothing_is_said_twice(
    visitor: httpx.AsyncClient, processes: list[Process]
):
    ann = await enter(visitor)
    assert (await ann.says("before", "first")).status_code == 200
    await processes[0].is_killed()
    for number in range(10):
        for _ in range(2):
            assert (await ann.says(f"{number}", f"key-{number}")).status_code == 200
    assert await ann.texts() == ["before", *map(str, range(10))]


async def test_a_process_that_is_back_is_used_again(visitor: httpx.AsyncClient, processes: list[Process]):
    """nginx looks at it again after its `fail_timeout`; who meets nobody until then sends the same again."""
    ann = await enter(visitor)
    await processes[0].is_killed()
    assert (await ann.says("one", "first")).status_code == 200
    await processes[0].starts_up()
    await processes[1].is_killed()
    while (answer := await ann.says("two", "second")).status_code != 200:
        assert answer.status_code == 502
    assert await ann.texts() == ["one", "two"]


async def test_the_operator_s_figures_are_not_for_everybody(visitor: httpx.AsyncClient):
    assert (await visitor.get("/metrics")).status_code == 404
    assert (await visitor.get("/health")).status_code == 200


async def test_browsers_are_spoken_to_in_http_2(nginx: Nginx):
    curl = shutil.which("curl")
    if not curl:
        pytest.skip("no curl")
    asked = [curl, "--insecure", "--silent", "--http2", "--output", "/dev/null", "--write-out", "%{http_version}"]
    done = await asyncio.to_thread(
        subprocess.run, [*asked, f"https://127.0.0.1:{nginx.port}/health"], capture_output=True, text=True
    )
    assert done.stdout == "2"


@pytest.mark.timeout(300)
async def test_every_window_of_every_host_is_shown_everything_once_whatever_cable_is_pulled():
    """The drill with hosts of its own, in its short form."""
    drill = [sys.executable, "-m", "bench.site", *SHORT, *HURRIED]
    done = await asyncio.to_thread(subprocess.run, drill, capture_output=True, text=True)
    print(done.stdout, done.stderr)
    if done.returncode == NOT_HERE:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0
