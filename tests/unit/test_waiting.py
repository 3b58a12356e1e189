"""Waiting is bounded, always answers, and leaves nothing behind."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from chat.delivery.places import Connection
from chat.delivery.tail import Tail
from chat.delivery.waiters import Waiters
from chat.sizes import Sizes
from tests.kit.chats import Clock
from tests.kit.drawing import Said, tail_of

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def tail() -> Tail:
    tail = tail_of()
    tail.start([], 0)
    return tail


@pytest.fixture
def waiting(clock: Clock) -> Waiters:
    return Waiters(20, 5, clock.monotonic)


async def held(
    waiting: Waiters,
    tail: Tail,
    seat: str,
    browser: str = "",
    network: str = HERE,
    connection: Connection | None = None,
) -> "asyncio.Task[bool]":
    """A poll that is held now."""
    task = asyncio.create_task(waiting.hold(tail, seat, browser or f"browser of {seat}", network, connection))
    await asyncio.sleep(0)
    assert not task.done()
    return task


def nothing_is_left(waiting: Waiters, tail: Tail) -> None:
    assert (waiting.held, waiting.places.taken, tail.waiters, tail.next_wave) == ({}, 0, set(), set())


async def test_a_poll_is_held_until_there_are_news(waiting: Waiters, tail: Tail):
    poll = await held(waiting, tail, "ann")
    tail.push([Said(1)])
    assert await poll is True
    nothing_is_left(waiting, tail)


async def test_a_poll_whose_time_is_over_may_come_again_at_once(tail: Tail):
    waiting = Waiters(0.001, 5)
    assert await waiting.hold(tail, "ann", "browser", HERE) is True
    nothing_is_left(waiting, tail)


async def test_who_waits_for_the_end_of_a_rest_is_not_woken_by_news(waiting: Waiters, tail: Tail):
    poll = asyncio.create_task(waiting.hold(tail, "ann", "browser", HERE, next_wave=True))
    await asyncio.sleep(0)
    assert tail.next_wave
    assert not tail.waiters
    tail.push([])
    await asyncio.sleep(0)
    assert not poll.done()
    tail.push([Said(1)])
    assert await poll is True
    nothing_is_left(waiting, tail)


async def test_a_poll_of_the_same_seat_takes_the_place_of_the_earlier(waiting: Waiters, tail: Tail):
    first = await held(waiting, tail, "ann")
    second = await held(waiting, tail, "ann")
    assert await first is False
    assert len(waiting.held) == 1
    tail.push([Said(1)])
    assert await second is True
    nothing_is_left(waiting, tail)


async def test_it_takes_that_place_also_where_there_is_no_other(tail: Tail):
    waiting = Waiters(20, 1)
    first = await held(waiting, tail, "ann")
    second = await held(waiting, tail, "ann")
    assert await first is False
    waiting.release()
    await second


async def test_the_same_seat_from_another_browser_counts_for_that_one(waiting: Waiters, tail: Tail):
    first = await held(waiting, tail, "ann", "one")
    second = await held(waiting, tail, "ann", "two")
    assert await first is False
    assert waiting.places.taken == 1
    assert waiting.held["ann"].browser == "two"
    waiting.release()
    await second
    nothing_is_left(waiting, tail)


async def test_three_polls_of_a_browser_are_held(waiting: Waiters, tail: Tail):
    polls = [await held(waiting, tail, seat, "one") for seat in "abc"]
    assert await waiting.hold(tail, "d", "one", HERE) is False
    other = await held(waiting, tail, "d", "two")
    tail.push([Said(1)])
    assert await asyncio.gather(*polls, other) == [True] * 4
    nothing_is_left(waiting, tail)


async def test_so_many_polls_of_the_process_are_held(waiting: Waiters, tail: Tail):
    polls = [await held(waiting, tail, str(number)) for number in range(5)]
    assert await waiting.hold(tail, "one more", "browser", HERE) is False
    polls[0].cancel()
    await asyncio.gather(polls[0], return_exceptions=True)
    polls[0] = await held(waiting, tail, "one more")
    waiting.release()
    await asyncio.gather(*polls)


async def test_a_poll_whose_client_is_gone_leaves_nothing(waiting: Waiters, tail: Tail):
    poll = await held(waiting, tail, "ann")
    poll.cancel()
    await asyncio.gather(poll, return_exceptions=True)
    nothing_is_left(waiting, tail)


async def test_a_poll_ends_when_its_connection_is_lost(waiting: Waiters, tail: Tail):
    connection = Connection()
    poll = await held(waiting, tail, "ann", connection=connection)
    connection.lose()
    assert await poll is False
    nothing_is_left(waiting, tail)


async def test_a_connection_that_was_lost_before_is_not_held(waiting: Waiters, tail: Tail):
    connection = Connection()
    connection.lose()
    assert await waiting.hold(tail, "ann", "browser", HERE, connection) is False
    nothing_is_left(waiting, tail)


async def test_a_connection_ends_no_poll_but_its_own_present_one(waiting: Waiters, tail: Tail):
    connection = Connection()
    first = await held(waiting, tail, "ann", connection=connection)
    tail.push([Said(1)])
    assert await first is True
    elsewhere = await held(waiting, tail, "ann")
    connection.lose()
    await asyncio.sleep(0)
    assert not elsewhere.done()
    waiting.release()
    await elsewhere


async def test_a_poll_is_not_held_before_a_request_that_waits_behind_it(waiting: Waiters, tail: Tail):
    connection = Connection()
    connection.gets_more()
    assert await waiting.hold(tail, "ann", "browser", HERE, connection) is False
    connection.has_more = False
    poll = await held(waiting, tail, "ann", connection=connection)
    connection.gets_more()
    assert await poll is False
    nothing_is_left(waiting, tail)


async def test_a_poll_whose_place_another_network_gets_is_asked_to_come_more_slowly(waiting: Waiters, tail: Tail):
    polls = [await held(waiting, tail, str(number)) for number in range(5)]
    newcomer = await held(waiting, tail, "ann", network=THERE)
    assert await polls[0] is False
    assert not any(poll.done() for poll in (*polls[1:], newcomer))
    assert waiting.places.taken == 5
    tail.push([Said(1)])
    assert await asyncio.gather(*polls[1:], newcomer) == [True] * 5
    nothing_is_left(waiting, tail)


async def test_a_stream_keeps_its_place_until_another_network_gets_it(tail: Tail):
    waiting = Waiters(20, 2)
    with waiting.place("one", HERE) as place:
        assert place
        poll = await held(waiting, tail, "ann")
        wait = asyncio.create_task(waiting.wait(tail, place))
        await asyncio.sleep(0)
        assert waiting.places.taken == 2
        tail.push([Said(1)])
        assert [await wait, await poll] == [True, True]
        wait = asyncio.create_task(waiting.wait(tail, place))
        poll = await held(waiting, tail, "ann")
        newcomer = await held(waiting, tail, "bob", network=THERE)
        assert await wait is False
        assert not place.kept
    assert waiting.places.taken == 2
    waiting.release()
    await asyncio.gather(poll, newcomer)
    nothing_is_left(waiting, tail)


async def test_when_the_server_stops_everybody_is_let_go_and_nobody_held_any_more(waiting: Waiters, tail: Tail):
    polls = [await held(waiting, tail, seat) for seat in "abc"]
    waiting.release()
    assert await asyncio.gather(*polls) == [False] * 3
    assert await waiting.hold(tail, "d", "browser", HERE) is False
    nothing_is_left(waiting, tail)


def test_whether_a_window_was_absent(waiting: Waiters, clock: Clock):
    assert waiting.is_absent("ann", 1) is None
    waiting.ended("ann")
    assert waiting.is_absent("ann", 1) is False
    clock.passes(61)
    assert waiting.is_absent("ann", 1) is True
    waiting.ended("ann")
    assert waiting.is_absent("ann", 1) is False


def test_a_window_that_asks_again_for_what_was_marked_has_not_had_it(waiting: Waiters, clock: Clock):
    waiting.ended("ann", marked=7)
    assert (waiting.is_absent("ann", 7), waiting.is_absent("ann", 9)) == (True, False)
    waiting.ended("ann")
    assert waiting.is_absent("ann", 7) is False


def test_only_so_many_windows_are_remembered_and_the_latest_of_them():
    waiting = Waiters(20, 5, sizes=Sizes(windows=3))
    for seat in ("a", "b", "a", "c", "d"):
        waiting.ended(seat)
    assert [seat for seat in "abcd" if waiting.is_absent(seat, 1) is not None] == ["a", "c", "d"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["hold", "hold", "hold", "late", "news", "leave", "turn"]), st.integers(0, 7), st.integers(0, 2)
    ),
    max_size=60,
)


@hypothesis(deadline=None)
@given(steps=STEPS)
def test_whatever_comes_the_bounds_hold_and_nothing_is_left(steps: list[tuple[str, int, int]]):
    async def run() -> None:
        waiting, tail = Waiters(1000, 5, per_browser=2), tail_of()
        tail.start([], 0)
        polls: list[asyncio.Task[bool]] = []
        for what, seat, browser in steps:
            if what in ("hold", "late"):
                polls.append(
                    asyncio.create_task(
                        waiting.hold(tail, str(seat), str(browser), str(browser), next_wave=what == "late")
                    )
                )
            elif what == "news":
                tail.push([Said(tail.last + 1)])
            elif what == "leave" and polls:
                polls[seat % len(polls)].cancel()
            else:
                await asyncio.sleep(0)
            browsers = Counter(place.browser for place in waiting.held.values() if place.kept)
            assert browsers.total() == waiting.places.taken <= 5
            assert all(count <= 2 for count in browsers.values())
        await asyncio.sleep(0)
        waiting.release()
        await asyncio.gather(*polls, return_exceptions=True)
        nothing_is_left(waiting, tail)

    asyncio.run(run())
