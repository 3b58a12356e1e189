"""Polls that are answered on their connection: which, for whom, and what goes the ordinary way all the same."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from chat.app import Chat
from tests.kit.chats import PATIENCE, until
from tests.kit.doors import Phone, Site
from tests.kit.people import Person


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def site(chat: Chat, ann: Person) -> Site:
    """Ann has said something."""
    await ann.says("hi")
    return Site(chat)


@pytest.fixture
async def phone(site: Site) -> Phone:
    """A phone that has polled once."""
    phone = Phone(site)
    await phone.polls("after=0&first=1")
    site.by_asgi.clear()
    return phone


async def test_only_the_first_poll_of_a_window_is_parsed(site: Site, phone: Phone):
    for query in ("after=1&wait=0", "after=0&wait=0&from=1", "after=1&wait=0&seen=1"):
        assert (await phone.polls(query)).status == 200
    assert site.by_asgi == []


async def test_both_doors_answer_alike(site: Site, phone: Phone):
    first, second = [await phone.polls("after=0&wait=0", "X: new") for _ in range(2)]
    assert len(site.by_asgi) == 1
    assert first == second
    assert first.header("date")


async def test_a_held_poll_is_answered_when_something_is_said(site: Site, phone: Phone, ann: Person):
    phone.line.comes(phone.request("after=1"))
    assert phone.seat in site.chat.services.waiters.held
    await ann.says("there")
    answer = await phone.hears()
    assert b"there" in answer.body
    assert site.by_asgi == []
    assert site.chat.services.waiters.held == {}


async def test_a_window_that_leaves_gives_its_place_back_at_once(site: Site, phone: Phone):
    phone.line.comes(phone.request("after=1"))
    places = site.chat.services.waiters.places
    assert places.taken == 1
    phone.line.close()
    await until(lambda: places.taken == 0)
    assert site.chat.services.waiters.held == {}


@pytest.mark.parametrize(
    "more, how",
    [
        (["Connection: close"], {}),
        ([], {"version": "1.0"}),
        (["Content-Length: 0"], {}),
        (["Upgrade: websocket", "Connection: Upgrade"], {}),
        (["Expect: 100-continue"], {}),
    ],
)
async def test_what_is_unusual_is_parsed_every_time(site: Site, phone: Phone, more: list[str], how: dict[str, str]):
    for count in 1, 2:
        line = phone.line = site.connection()
        with anyio.fail_after(PATIENCE):
            line.comes(phone.request("after=0&wait=0", *more, **how))
            answer = await line.sent.readuntil(b"</li>")
        assert b"hi</p>" in answer
        assert len(site.by_asgi) == count


async def test_a_post_to_the_same_address_is_no_poll(site: Site, phone: Phone):
    answer = await phone.polls("after=1&wait=0", "Content-Length: 0", method="POST")
    assert answer.status == 422
    assert len(site.by_asgi) == 1


async def test_a_head_without_the_right_cookie_is_refused_every_time(site: Site, phone: Phone):
    thief = Phone(site)
    thief.path = phone.path
    for count in 1, 2:
        assert (await thief.polls("after=0&wait=0")).status == 403
        assert len(site.by_asgi) == count


async def test_a_refused_head_is_not_learnt_by_what_follows_on_its_connection(site: Site, phone: Phone):
    """As behind a proxy, which sends many visitors' requests over one connection."""
    thief, victim = Phone(site), Phone(site)
    thief.path, thief.line = victim.path, victim.line
    assert (await thief.polls("after=0&wait=0")).status == 403
    victim.line.comes(victim.request("after=0&wait=0").replace(b"?after=0&wait=0", b""))
    assert (await victim.hears()).status == 400
    assert (await thief.polls("after=0&wait=0")).status == 403


@pytest.mark.parametrize(
    "hidden", ["x HTTP/1.1\r\nContent-Length: 9\r\nY:", "x\r\nContent-Length:9\r\nY:", "x\n", "\0"]
)
async def test_nothing_hides_in_a_query(site: Site, phone: Phone, hidden: str):
    phone.line.comes(phone.request(f"after=0&wait=0&{hidden}"))
    await until(lambda: site.by_asgi or phone.line.is_closing())
    assert site.by_asgi or (await phone.hears()).status == 400


async def test_a_request_behind_a_held_poll_ends_its_wait(site: Site, phone: Phone):
    phone.line.comes(phone.request("after=1"))
    phone.line.comes(phone.request("after=0&wait=0"))
    assert b"every 2s" in (await phone.hears()).body
    assert b"hi</p>" in (await phone.hears()).body


async def test_a_request_behind_a_poll_that_must_go_the_ordinary_way_comes_after_it(site: Site, phone: Phone):
    phone.line.comes(phone.request("after=1"))
    site.chat.services.hub.cached("lobby").ready = False  # type: ignore[union-attr]
    phone.line.comes(phone.request("before=1").replace(b"HX-Request: true\r\n", b""))
    assert b'id="poll"' in (await phone.hears()).body
    assert (await phone.hears()).body.startswith(b"<!doctype")


async def test_half_a_poll_waits_for_its_other_half(site: Site, phone: Phone):
    whole = phone.request("after=0&wait=0")
    for cut in (3, len(whole) - 3):
        phone.line.comes(whole[:cut])
        phone.line.comes(whole[cut:])
        assert b"hi</p>" in (await phone.hears()).body


async def test_polls_sent_together_are_answered_one_by_one(site: Site, phone: Phone):
    phone.line.comes(phone.request("after=0&wait=0") * 5)
    for _ in range(5):
        assert b"hi</p>" in (await phone.hears()).body


async def test_another_network_has_places_of_its_own(site: Site, phone: Phone):
    """The same window over another connection, as when a phone leaves its wireless network."""
    places = site.chat.services.waiters.places
    phone.line.comes(phone.request("after=1"))
    elsewhere = site.connection("198.51.100.7")
    elsewhere.comes(phone.request("after=1"))
    await until(lambda: len(site.by_asgi) == 1)
    assert b"every 2s" in (await phone.hears()).body
    await until(lambda: places.taken == 1)
    assert [*places._networks] == ["198.51.100.7"]


@pytest.mark.sizes(heads=2)
async def test_few_heads_are_remembered(site: Site):
    for _ in range(5):
        await Phone(site).polls("after=0&wait=0")
    assert site.chat.direct_polls.remembered == 2


async def test_a_server_that_stops_answers_every_held_poll(site: Site, phone: Phone):
    others = [Phone(site) for _ in range(3)]
    for other in others:
        await other.polls("after=0&first=1")
        other.line.comes(other.request("after=1"))
    site.chat.services.waiters.release()
    answers = await asyncio.gather(*(other.hears() for other in others))
    assert all(b"every 2s" in answer.body for answer in answers)
