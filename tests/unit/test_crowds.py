"""An address is a crowd: a class is never told to wait, a flooder soon is. Nobody sleeps: the clock passes."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from itertools import count

import pytest

from chat.domain.crowds import Crowds
from chat.domain.limits import Limits
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.settings import Settings
from tests.kit.chats import Clock

HERE, THERE = "198.51.100.7", "203.0.113.9"
HELD = 20.0
"""Seconds between two polls of a window."""


class Site:
    """The limits of a site, and what is done at one address."""

    def __init__(self, address: str = HERE, *, proxied: bool = False) -> None:
        self.clock = Clock()
        self.crowds = Crowds(self.clock.monotonic)
        self.limits = Limits(Settings(), self.clock.monotonic, crowds=self.crowds)
        self.address, self.proxied = address, proxied
        self.said: Counter[bool] = Counter()
        self.words = map(str, count())

    def visitor(self, seat: str) -> Visitor:
        return Visitor(seat, seat, self.address, "en", self.proxied)

    def polls(self, seat: str) -> None:
        self.crowds.polls(seat, self.address)

    def says(self, seat: str) -> bool:
        try:
            self.limits.message(self.visitor(seat), next(self.words))
        except Refused:
            return self._counted(False)
        return self._counted(True)

    def renames(self, seat: str) -> bool:
        try:
            self.limits.rename(self.visitor(seat))
        except Refused:
            return self._counted(False)
        return self._counted(True)

    def _counted(self, passed: bool) -> bool:
        self.said[passed] += 1
        return passed

    def stay(self, seats: list[str], seconds: float) -> None:
        """These windows poll, and nobody says anything."""
        for _ in range(int(seconds / HELD) + 1):
            for seat in seats:
                self.polls(seat)
            self.clock.passes(HELD)

    def talk(self, people: int, between: float, seconds: float) -> None:
        """They come in at once, rename, greet, and then each says a line now and then; between polls."""
        luck = random.Random(people)
        seats = [f"pupil{n}" for n in range(people)]
        for seat in seats:
            self.limits.window(self.address, proxied=self.proxied)
            self.polls(seat)
        assert all([self.renames(seat) for seat in seats] + [self.says(seat) for seat in seats])
        start = self.clock.now
        lines = [(start + luck.uniform(0.6, 1.4) * between, True, seat) for seat in seats]
        due = lines + [(start + luck.uniform(0, HELD), False, seat) for seat in seats]
        heapq.heapify(due)
        while due[0][0] < start + seconds:
            at, speaks, seat = heapq.heappop(due)
            self.clock.now = max(self.clock.now, at)
            if speaks:
                self.says(seat)
            else:
                self.polls(seat)
            heapq.heappush(due, (at + (luck.uniform(0.6, 1.4) * between if speaks else HELD), speaks, seat))


@pytest.mark.parametrize(("people", "between"), [(25, 8.0), (60, 8.0), (300, 20.0)])
@pytest.mark.parametrize("proxied", [False, True])
def test_a_crowd_comes_in_renames_greets_and_talks_and_nobody_is_told_to_wait(
    people: int, between: float, proxied: bool
) -> None:
    site = Site(proxied=proxied)
    site.talk(people, between, seconds=600)
    assert site.said[False] == 0
    assert site.said[True] > people * 600 / between


def test_sixty_who_have_not_polled_yet_may_rename_and_greet() -> None:
    site = Site()
    seats = [f"pupil{n}" for n in range(60)]
    assert all(site.says(seat) for seat in seats)
    assert all(site.renames(seat) for seat in seats)


@pytest.mark.parametrize("new_seats", [False, True])
@pytest.mark.parametrize("renaming", [False, True])
def test_a_flooder_with_fresh_seats_gets_few_lines_through(new_seats: bool, renaming: bool) -> None:
    """Renames are lines too."""
    site, made = Site(), count()
    seats = [f"seat{next(made)}" for _ in range(40)]
    for _ in range(200):
        for place, seat in enumerate(seats):
            if renaming:
                site.renames(seat)
            if not site.says(seat) and new_seats:
                seats[place] = f"seat{next(made)}"
        site.clock.passes(0.1)
    assert 90 <= site.said[True] <= 130


def test_a_flooder_whose_forty_windows_poll_gets_no_more() -> None:
    site = Site()
    seats = [f"seat{n}" for n in range(40)]
    for _ in range(200):
        for seat in seats:
            site.polls(seat)
            site.says(seat)
        site.clock.passes(0.1)
    assert site.said[True] <= 130


@pytest.mark.parametrize("more", [0, 40])
def test_who_keeps_two_hundred_windows_polling_says_thirty_lines_a_second_at_most(more: int) -> None:
    """Also with fresh seats besides."""
    site = Site()
    seats = [f"seat{n}" for n in range(200)]
    site.stay(seats, 300)
    for second in range(60):
        for seat in seats:
            if second % 10 == 0:
                site.polls(seat)
            site.says(seat)
        for n in range(more):
            site.says(f"fresh{n}")
        if second == 19:
            assert site.said[True] <= 600
        site.clock.passes(1)
    assert site.said[True] <= 60 * 30


def test_seats_that_were_opened_and_left_are_new_still() -> None:
    site = Site()
    seats = [f"seat{n}" for n in range(40)]
    for seat in seats:
        site.polls(seat)
    site.clock.passes(3600)
    for seat in seats:
        site.polls(seat)
    assert not any(site.crowds.has_stayed(seat) for seat in seats)


def test_who_has_stayed_and_comes_back_from_a_break_is_no_newcomer() -> None:
    site = Site()
    site.stay(["ann"], 80)
    site.clock.passes(1800)
    assert site.crowds.has_stayed("ann")
    assert site.crowds.of(HERE).windows == 0
    site.polls("ann")
    assert site.crowds.of(HERE) == (0, 1)


def test_a_window_that_moves_to_another_network_is_counted_there() -> None:
    site = Site()
    site.polls("ann")
    site.crowds.polls("ann", THERE)
    assert site.crowds.of(HERE).windows == 0
    assert site.crowds.of(THERE) == (1, 1)


def test_seats_that_have_stayed_are_worth_little_when_they_are_away() -> None:
    site = Site()
    seats = [f"seat{n}" for n in range(500)]
    site.stay(seats, 80)
    site.clock.passes(600)
    assert sum(site.says(seat) for seat in seats) == 60


def test_a_refusal_says_whether_it_is_the_address() -> None:
    site = Site()
    for n in range(60):
        site.says(f"seat{n}")
    with pytest.raises(Refused) as refused:
        site.limits.message(site.visitor("ann"), "hi")
    assert refused.value.reason == "address.too_fast"
    other = Visitor("ann", "ann", THERE, "en")
    for n in range(5):
        site.limits.message(other, str(n))
    with pytest.raises(Refused) as refused:
        site.limits.message(other, "six")
    assert refused.value.reason == "text.too_fast"


def test_memory_is_bounded() -> None:
    clock = Clock()
    crowds = Crowds(clock.monotonic, size=100)
    for n in range(1000):
        crowds.polls(f"seat{n}", f"network{n}")
    assert crowds.remembered == 100
    assert sum(crowds.of(f"network{n}").windows for n in range(1000)) == 100
    clock.passes(3600)
    assert crowds.of("network999").windows == 0 and crowds.remembered == 0
