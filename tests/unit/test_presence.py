"""Counting who is here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import seats
from chat.domain.presence import SAMPLE, Seen, merged, sampled, shown

SEATS = st.sets(st.integers(0, 10_000).map(str), max_size=60)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        *((0, "0"), (99, "99"), (100, "100"), (123, "120"), (999, "990"), (1000, "1.0k"), (1290, "1.2k")),
        *((9999, "9.9k"), (10_000, "10k"), (12_345, "12k"), (123_456, "120k")),
    ],
)
def test_from_a_hundred_on_a_count_is_shown_in_two_digits(count: int, text: str):
    assert shown(count) == text


@given(st.lists(SEATS, min_size=1, max_size=4))
def test_few_seats_are_counted_once_however_many_processes_see_them(seen: list[set[str]]):
    count, known = merged([sampled(one) for one in seen])
    assert known == set().union(*seen)
    assert count == len(known)


def test_very_many_seats_are_counted_about_right_from_samples():
    everybody = [seats.new_id() for _ in range(20_000)]
    first, second = sampled(everybody[:15_000]), sampled(everybody[5_000:])
    assert len(first.seats) <= SAMPLE
    count, _ = merged([first, second])
    assert 12_000 < count < 28_000


def test_a_small_process_beside_a_large_one_is_counted_too():
    large = sampled([seats.new_id() for _ in range(5_000)])
    few = Seen(1, frozenset(seats.new_id() for _ in range(3)))
    count, known = merged([large, few])
    assert few.seats <= known
    assert 3_000 < count < 8_000
