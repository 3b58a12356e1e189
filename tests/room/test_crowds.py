"""A class behind one address, and a proxy that nobody named."""

import pytest
import structlog

from tests.kit.chats import Clock
from tests.kit.people import SITE, Browser, Room

pytestmark = pytest.mark.settings(limits="on")


async def test_sixty_pupils_come_in_name_themselves_and_say_hello_and_nobody_is_told_to_wait(room: Room):
    pupils = [await room.enter(room.browser(address="203.0.113.1")) for _ in range(60)]
    for number, pupil in enumerate(pupils):
        await pupil.sees()
        await pupil.renames(f"Pupil{number}")
        await pupil.says(f"hello from {number}")


async def test_who_is_refused_because_of_the_address_reads_so(room: Room, clock: Clock):
    people = [await room.enter(room.browser(address="203.0.113.1")) for _ in range(13)]
    for person in people[:12]:
        for number in range(5):
            await person.says(str(number))
    line = await people[12].is_refused("hi")
    assert line == "Not you: too much comes from your network's address at once. Try again in 1 second."
    clock.passes(1)
    await people[12].says("hi")


async def test_polling_for_a_minute_makes_a_person_of_a_newcomer(room: Room, clock: Clock):
    ann = await room.enter(room.browser(address="203.0.113.1"))
    for _ in range(4):
        await ann.polls("&wait=0")
        clock.passes(20)
    await ann.polls("&wait=0")
    crowds = room.chat.services.crowds
    assert crowds.has_stayed(ann.seat)
    assert crowds.of("203.0.113.1") == (0, 1)


def behind(browser: Browser, client: str) -> Browser:
    browser.http.headers["X-Forwarded-For"] = client
    return browser


async def test_behind_a_proxy_that_nobody_named_all_may_talk_and_the_operator_is_told_once(room: Room):
    with structlog.testing.capture_logs() as logged:
        for number in range(20):
            person = await room.enter(behind(room.browser(address="127.0.0.1"), f"8.8.4.{number}"))
            for line in range(5):
                await person.says(f"{line}")
    assert [line["event"] for line in logged] == ["unnamed proxy"]
    health = (await room.browser().gets("/health")).json()
    assert health["status"] == "ok"
    assert "127.0.0.1" in health["proxy"] and "CHATROOM_TRUSTED_PROXIES" in health["proxy"]


async def test_a_proxy_that_is_named_is_no_crowd(room: Room):
    """Then the address is one that the header names."""
    await (await room.enter(behind(room.browser(address="8.8.4.4"), "10.0.0.1, 8.8.4.4"))).says("hi")
    assert (await room.browser().gets("/health")).json()["proxy"] == "ok"


@pytest.mark.settings(limits="on", address_burst=5)
async def test_a_stranger_who_writes_the_header_himself_gains_nothing(room: Room):
    people = [await room.enter(behind(room.browser(address="8.8.4.4"), f"9.9.9.{n}")) for n in range(2)]
    for line in range(5):
        await people[0].says(f"{line}")
    assert "Not you" in await people[1].is_refused("hi")
    assert people[0].browser.site == SITE
