"""A tail holds the newest events of a room without a gap, draws each once a language, and wakes who waits."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from chat.delivery.tail import Tail
from tests.kit.chats import until
from tests.kit.drawing import EN, ZH, Drawing, Reads, Said, numbers, said, tail_of


def filled(count: int, drawing: Drawing | None = None, **sizes: int) -> Tail:
    tail = tail_of(drawing, **sizes)
    tail.start(said(1, count), 0)
    return tail


def waiter(tail: Tail) -> "asyncio.Future[bool]":
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    tail.waiters.add(future)
    return future


def test_a_tail_that_is_not_filled_covers_nothing():
    tail = tail_of()
    assert not tail.ready
    assert not tail.covers(0)


def test_the_tail_of_an_empty_room_covers_its_beginning():
    tail = filled(0)
    assert tail.covers(0)
    assert not tail.covers(1)
    assert tail.news(0, EN, 10) == ([], 0)
    assert tail.page(EN, 50) == ([], 0)


def test_a_tail_that_holds_nothing_of_a_room_knows_its_last_number():
    tail = tail_of()
    tail.start([], 7)
    assert (tail.last, tail.announced_seq) == (7, 7)
    assert tail.covers(7)
    assert not tail.covers(6)


async def test_what_follows_is_taken_what_is_known_is_passed_over_and_a_gap_ends_it():
    tail = filled(3)
    tail.push([Said(2), Said(3), Said(4), Said(5), Said(7), Said(8)])
    assert tail.last == 5
    assert numbers(tail.news(0, EN, 10)[0]) == [1, 2, 3, 4, 5]
    tail.push([Said(6)])
    assert tail.last == 6


def test_news_come_in_pages_and_the_cursor_stands_behind_them():
    tail = filled(10)
    drawn, cursor = tail.news(4, EN, 3)
    assert (numbers(drawn), cursor) == ([5, 6, 7], 7)
    drawn, cursor = tail.news(7, EN, 300)
    assert (numbers(drawn), cursor) == ([8, 9, 10], 10)


@given(
    limit=st.integers(1, 12),
    start=st.integers(0, 30),
    pushes=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)), max_size=12),
    page=st.integers(1, 5),
)
def test_a_covered_cursor_gets_exactly_what_follows(limit: int, start: int, pushes: list[tuple[int, int]], page: int):
    async def told() -> Tail:
        tail = tail_of(tail_events=limit)
        tail.start(said(1, start)[-limit:], start)
        for first, more in pushes:
            tail.push(said(first, first + more))
        return tail

    tail = asyncio.run(told())
    assert tail.last >= start
    for after in range(0, 60):
        if tail.covers(after):
            seen: list[int] = []
            cursor = after
            while cursor < tail.last:
                drawn, cursor = tail.news(cursor, EN, page)
                seen += numbers(drawn)
            assert seen == list(range(after + 1, tail.last + 1))
    held = sum(map(tail.covers, range(60))) - 1
    assert held <= limit
    assert not tail.covers(tail.last + 1)


def test_each_event_is_drawn_once_a_language_when_it_is_asked_for():
    draw = Drawing()
    tail = filled(4, draw)
    assert not draw.drawn
    for _ in range(3):
        tail.news(1, EN, 10)
        tail.news(2, ZH, 10)
        tail.page(EN, 2)
    assert draw.drawn == {(2, "en"): 1, (3, "en"): 1, (4, "en"): 1, (3, "zh"): 1, (4, "zh"): 1}


async def test_an_event_is_drawn_by_the_one_before_it_also_when_that_is_gone():
    tail = filled(2, tail_events=2)
    tail.push(said(3, 4))
    assert tail.news(2, EN, 1)[0][0].line == b"en3 after 2"


async def test_it_holds_no_more_events_than_it_may():
    tail = filled(3, tail_events=3)
    tail.push(said(4, 9))
    assert tail.covers(6)
    assert not tail.covers(5)
    assert tail.find(6) is None
    assert tail.find(7) == Said(7)


async def test_it_holds_no_more_bytes_than_it_may_but_always_the_newest():
    tail = filled(10, Drawing(size=100), tail_bytes=250)
    tail.news(0, EN, 10)
    tail.push([Said(11)])
    assert not tail.covers(7)
    assert tail.covers(9)
    tail.push([Said(12)])
    tail.news(11, EN, 1)
    for language in ("zh", "fr", "de"):
        tail.news(11, Reads(language), 1)
    tail.push([Said(13)])
    assert tail.covers(12)
    assert tail._size == 0


def test_the_newest_page_says_what_stands_before_it():
    tail = filled(10, tail_events=8)
    drawn, before = tail.page(EN, 3)
    assert (numbers(drawn), before) == ([8, 9, 10], 7)
    assert tail.page(EN, 50)[1] == 2


def test_an_event_that_is_replaced_is_drawn_anew_and_every_ready_answer_forgotten():
    tail = filled(3)
    tail.news(0, EN, 10)
    tail.keep("query", "answer", 10)
    tail.change(lambda said: Said(2, "!") if said.seq == 2 else said)
    assert tail.news(1, EN, 1)[0][0].line.startswith(b"en2!")
    assert tail.find(2) == Said(2, "!")
    assert not tail.answers
    tail.change(lambda said: said)
    assert tail.last == 3


async def test_news_make_every_ready_answer_old():
    tail = filled(1)
    tail.keep("query", "answer", 10)
    tail.push([Said(2)])
    assert not tail.answers


def test_ready_answers_are_bounded_by_their_bytes():
    tail = filled(1, answer_bytes=100)
    for number in range(1000):
        tail.keep(number, "answer", 30)
        assert len(tail.answers) <= 5
        assert tail.answers[number] == "answer"


# --- waking ---


async def test_news_wake_everybody_who_waits():
    tail = filled(0)
    waiters = [waiter(tail) for _ in range(5)]
    tail.push([Said(1)])
    assert await asyncio.gather(*waiters) == [True] * 5
    assert not tail.waiters


async def test_what_is_known_already_wakes_nobody():
    tail = filled(3)
    waiting = waiter(tail)
    tail.push([Said(2), Said(3)])
    tail.push([Said(5)])
    tail.push([])
    await asyncio.sleep(0)
    assert not waiting.done()


async def test_who_is_gone_is_no_hindrance():
    tail = filled(0)
    gone, there = waiter(tail), waiter(tail)
    gone.cancel()
    tail.push([Said(1)])
    assert await there


def crowded() -> Tail:
    """A room in which ten are a crowd."""
    return filled(0, crowd=5, chunk=3, first_chunk=6)


async def test_a_crowd_is_woken_little_by_little_when_one_wave_follows_another():
    tail = crowded()
    first_wave = [waiter(tail) for _ in range(10)]
    tail.push([Said(1)])
    assert await progress(first_wave) == [0, 6, 10]
    second_wave = [waiter(tail) for _ in range(10)]
    tail.push([Said(2)])
    assert await progress(second_wave) == [0, 3, 6, 9, 10]


async def progress(waiters: list[asyncio.Future[bool]]) -> list[int]:
    """How many of them were woken, whenever others had their turn."""
    counts = [0]
    while counts[-1] < len(waiters):
        await asyncio.sleep(0)
        woken = sum(one.done() for one in waiters)
        if woken != counts[-1]:
            counts.append(woken)
    return counts


async def test_news_during_the_waking_reach_who_came_meanwhile():
    tail = crowded()
    crowd = [waiter(tail) for _ in range(10)]
    tail.push([Said(1)])
    await asyncio.sleep(0)
    late = waiter(tail)
    tail.push([Said(2)])
    assert all(await asyncio.gather(late, *crowd))


async def test_who_is_behind_again_before_a_crowd_is_woken_waits_for_the_next_wave():
    tail = crowded()
    crowd = [waiter(tail) for _ in range(10)]
    tail.push([Said(1)])
    await until(lambda: tail.waking_crowd)
    behind: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
    tail.next_wave.add(behind)
    assert await behind
    assert all(one.done() for one in crowd)
    await until(lambda: not tail.waking_crowd)
    assert not tail.next_wave


async def test_a_small_room_never_rests():
    tail = crowded()
    for number in (1, 2):
        few = [waiter(tail) for _ in range(5)]
        tail.push([Said(number)])
        assert await progress(few) == [0, 5]
        assert not tail.waking_crowd


async def test_a_tail_that_is_given_up_covers_nothing_and_lets_everybody_go():
    tail = filled(3)
    waiting = waiter(tail)
    tail.close()
    assert await waiting
    assert not any(map(tail.covers, range(5)))
