from collections.abc import Callable
from fractions import Fraction
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain.limits import Limits
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.settings import Settings

HOME = "198.51.100.7"


class Clock:
    """A clock that goes when told; it starts late, as a machine's does, where floats are coarse."""

    def __init__(self) -> None:
        self.milliseconds = 8_640_000_123

    def __call__(self) -> float:
        return self.milliseconds / 1000

    def passes(self, seconds: float) -> None:
        self.milliseconds += round(seconds * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refusal(act: Callable[[], None]) -> Refused | None:
    try:
        act()
    except Refused as refused:
        return refused
    return None


def of(seat: str, address: str | None) -> Visitor:
    """Somebody at this address; None: nobody knows from where."""
    return Visitor(seat, f"browser of {seat}", address or "", "en")


class Speaker:
    """Says something else each time, for the rates alone."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.words = map(str, count())

    def wait(self, seat: str = "ann", address: str | None = HOME) -> int | None:
        """None when it was said, else the seconds to wait."""
        refused = refusal(lambda: self.limits.message(of(seat, address), next(self.words)))
        assert refused is None or refused.reason in ("text.too_fast", "address.too_fast")
        return refused.wait if refused else None

    def burst(self, seat: str = "ann", address: str | None = HOME) -> int:
        """How many messages pass now."""
        return next(n for n in count() if self.wait(seat, address) is not None)


def test_five_messages_pass_at_once_then_one_every_two_seconds(clock: Clock) -> None:
    ann = Speaker(Limits(Settings(), clock))
    assert ann.burst() == 5
    assert ann.wait() == 2
    clock.passes(1.2)
    assert ann.wait() == 1
    clock.passes(0.8)
    assert ann.wait() is None
    assert ann.wait() == 2
    clock.passes(3600)
    assert ann.burst() == 5


def test_a_message_passes_at_the_very_moment_its_time_comes(clock: Clock) -> None:
    room = Speaker(Limits(Settings(person_burst=1, person_seconds=0.3, address_seconds=0.3), clock))
    for _ in range(100):
        assert room.wait() is None
        clock.passes(0.3)


def test_one_person_does_not_slow_another(clock: Clock) -> None:
    room = Speaker(Limits(Settings(), clock))
    assert room.burst("ann") == 5
    assert room.burst("bob") == 5


def test_sixty_messages_of_newcomers_pass_at_once_then_two_a_second(clock: Clock) -> None:
    room = Speaker(Limits(Settings(), clock))
    assert [room.burst(f"seat{n}") for n in range(13)] == [5] * 12 + [0]
    assert room.wait("ed") == 1
    clock.passes(0.5)
    assert room.wait("ed") is None
    assert room.wait("ed") == 1
    assert room.wait("ed", "198.51.100.8") is None


def test_what_is_refused_spends_nothing(clock: Clock) -> None:
    room = Speaker(Limits(Settings(address_burst=6), clock))
    assert room.burst("ann") == 5
    assert [room.wait("ann") for _ in range(9)] == [2] * 9
    assert room.wait("bob") is None
    assert [room.wait("bob") for _ in range(9)] == [1] * 9
    assert room.burst("bob", "198.51.100.8") == 4


def test_the_longer_wait_is_told(clock: Clock) -> None:
    room = Speaker(Limits(Settings(person_burst=1, person_seconds=7, address_burst=1, address_seconds=30), clock))
    assert room.wait("ann") is None
    assert room.wait("ann") == 30
    assert room.wait("ann", "198.51.100.8") == 7


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.7", HOME, True),
        ("::ffff:198.51.100.7", "::ffff:198.51.100.8", False),
        ("fe80::1%eth0", "fe80::2", True),
        (HOME, "198.51.100.8", False),
        ("garbage", "\ud800 other garbage", True),
    ],
)
def test_who_shares_an_address(one: str, other: str, shared: bool, clock: Clock) -> None:
    room = Speaker(Limits(Settings(address_burst=1), clock))
    assert room.wait("ann", one) is None
    assert room.wait("bob", other) == (1 if shared else None)


@pytest.mark.parametrize("nowhere", [None, ""])
def test_an_unknown_address_limits_nobody_else(nowhere: str | None, clock: Clock) -> None:
    room = Speaker(Limits(Settings(address_burst=1), clock))
    assert room.burst("ann", nowhere) == 5
    assert room.burst("bob", nowhere) == 5


def test_the_same_text_thrice_in_a_row_is_refused_until_another_is_said(clock: Clock) -> None:
    room = Limits(Settings(), clock)
    room.message(of("ann", HOME), "hi")
    room.message(of("ann", HOME), "hi")
    room.message(of("bob", HOME), "hi")
    for _ in range(20):
        refused = refusal(lambda: room.message(of("ann", HOME), "hi"))
        assert refused and refused.reason == "text.repeated" and refused.wait is None
    clock.passes(3600)
    assert refusal(lambda: room.message(of("ann", HOME), "hi"))
    room.message(of("ann", HOME), "ho")
    room.message(of("ann", HOME), "hi")
    assert refusal(lambda: room.message(of("bob", HOME), "hi")) is None


def test_a_repeated_text_spends_nothing(clock: Clock) -> None:
    room = Limits(Settings(), clock)
    room.message(of("ann", HOME), "hi")
    room.message(of("ann", HOME), "hi")
    assert refusal(lambda: room.message(of("ann", HOME), "hi"))
    assert Speaker(room).burst("ann") == 3


def test_a_text_refused_as_too_fast_was_not_said(clock: Clock) -> None:
    room = Limits(Settings(person_burst=1), clock)
    room.message(of("ann", HOME), "hi")
    for _ in range(3):
        refused = refusal(lambda: room.message(of("ann", HOME), "ho"))
        assert refused and refused.reason == "text.too_fast"
    clock.passes(2)
    room.message(of("ann", HOME), "ho")


def test_a_refund_gives_back_all_a_retry_spent(clock: Clock) -> None:
    room = Limits(Settings(address_burst=5), clock)
    room.message(of("ann", HOME), "hi")
    for _ in range(50):
        room.message(of("ann", HOME), "hi")
        room.refund_message(of("ann", HOME), "hi")
    room.message(of("ann", HOME), "hi")
    assert refusal(lambda: room.message(of("ann", HOME), "hi"))
    assert Speaker(room).burst("ann") == 3
    assert Speaker(room).burst("bob") == 0


def test_refunds_never_give_more_than_a_burst(clock: Clock) -> None:
    room = Limits(Settings(), clock)
    for text in "abc":
        room.message(of("ann", HOME), text)
    for _ in range(50):
        room.refund_message(of("ann", HOME), "c")
        room.refund_message(of("nobody", None), "c")
    assert Speaker(room).burst("ann") == 5


def test_three_renames_pass_at_once_then_three_a_minute(clock: Clock) -> None:
    room = Limits(Settings(), clock)
    assert [refusal(lambda: room.rename(of("ann", None))) for _ in range(3)] == [None] * 3
    refused = refusal(lambda: room.rename(of("ann", None)))
    assert refused and (refused.reason, refused.wait) == ("nickname.too_fast", 20)
    assert refusal(lambda: room.rename(of("bob", None))) is None
    clock.passes(20)
    assert refusal(lambda: room.rename(of("ann", None))) is None
    assert refusal(lambda: room.rename(of("ann", None)))
    assert Speaker(room).burst("ann") == 5


def test_limits_can_be_switched_off() -> None:
    room = Limits(Settings(limits="off"))
    for _ in range(100):
        room.message(of("ann", HOME), "hi")
        room.rename(of("ann", None))
    room.refund_message(of("ann", HOME), "hi")


def test_by_default_the_clock_is_the_machine_s() -> None:
    assert Speaker(Limits(Settings(person_seconds=1000))).burst() == 5


milliseconds = st.integers(0, 2500) | st.integers(0, 25).map(lambda tenth: tenth * 100)
steps = st.lists(
    st.tuples(milliseconds, st.sampled_from("ab"), st.sampled_from([HOME, "198.51.100.8"])),
    max_size=80,
)
rules = st.builds(
    Settings,
    person_burst=st.integers(1, 4),
    person_seconds=st.sampled_from([0.5, 1.0, 2.0, 2.5]),
    address_burst=st.integers(1, 6),
    address_seconds=st.sampled_from([0.1, 0.3, 0.5]),
)


@given(rules, steps)
def test_no_window_of_time_holds_more_than_a_burst_and_its_rate(
    rules: Settings, steps: list[tuple[int, str, str]]
) -> None:
    clock = Clock()
    room = Speaker(Limits(rules, clock))
    said: dict[str, list[float]] = {}
    for milliseconds, seat, address in steps:
        clock.passes(milliseconds / 1000)
        if room.wait(seat, address) is None:
            said.setdefault(seat, []).append(clock())
            said.setdefault(address, []).append(clock())
    for who, times in said.items():
        by_person = who in "ab"
        burst = rules.person_burst if by_person else rules.address_burst
        seconds = rules.person_seconds if by_person else rules.address_seconds
        for first, start in enumerate(times):
            for last, end in enumerate(times[first:], 1):
                assert last <= burst + (end - start) / seconds + 1e-3


class Bucket:
    """What the limits should do, written the long way: tokens that drip in, in exact numbers."""

    def __init__(self, burst: int, seconds: float) -> None:
        self.burst = self.tokens = Fraction(burst)
        self.seconds = Fraction(str(seconds))

    def drip(self, milliseconds: int) -> None:
        self.tokens = min(self.burst, self.tokens + Fraction(milliseconds, 1000) / self.seconds)

    def wait(self) -> int:
        return max(0, -int((self.tokens - 1) * self.seconds // 1))


@given(rules, steps)
def test_the_limits_are_token_buckets(rules: Settings, steps: list[tuple[int, str, str]]) -> None:
    clock = Clock()
    room = Speaker(Limits(rules, clock))
    people = {seat: Bucket(rules.person_burst, rules.person_seconds) for seat in "ab"}
    places = {place: Bucket(rules.address_burst, rules.address_seconds) for place in (HOME, "198.51.100.8")}
    for milliseconds, seat, address in steps:
        clock.passes(milliseconds / 1000)
        for bucket in (*people.values(), *places.values()):
            bucket.drip(milliseconds)
        expected = max(people[seat].wait(), places[address].wait())
        assert room.wait(seat, address) == (expected or None)
        if not expected:
            people[seat].tokens -= 1
            places[address].tokens -= 1


@given(rules, steps)
def test_after_the_told_seconds_it_passes(rules: Settings, steps: list[tuple[int, str, str]]) -> None:
    clock = Clock()
    room = Speaker(Limits(rules, clock))
    for milliseconds, seat, address in steps:
        clock.passes(milliseconds / 1000)
        wait = room.wait(seat, address)
        if wait is not None:
            assert wait >= 1
            clock.passes(wait)
            assert room.wait(seat, address) is None


def tables(room: Limits) -> list[int]:
    """How many people, addresses and last texts are remembered."""
    return [room.remembered[what] for what in ("people", "addresses", "texts")]


def test_memory_is_bounded_and_the_least_lately_seen_are_forgotten(clock: Clock) -> None:
    rules = Settings(person_burst=1, person_seconds=3600, address_burst=1, address_seconds=3600)
    room = Limits(rules, clock, size=100)
    for n in range(1000):
        room.message(of(f"seat{n}", f"198.51.{n // 200}.{n % 200}"), "hi")
        room.rename(of(f"seat{n}", None))
    assert tables(room) == [100, 100, 100] and room.remembered["newcomers"] == 100 and room.remembered["renames"] == 100
    assert refusal(lambda: room.message(of("seat999", "203.0.113.1"), "ho"))
    assert refusal(lambda: room.message(of("seat0", "203.0.113.1"), "ho")) is None


def test_what_was_said_lately_is_not_forgotten_for_newcomers(clock: Clock) -> None:
    room = Limits(Settings(), clock, size=100)
    for n in range(120):
        if n % 60 == 0:
            room.message(of("ann", None), "hi")
        room.message(of(f"seat{n}", None), "hi")
    refused = refusal(lambda: room.message(of("ann", None), "hi"))
    assert refused and refused.reason == "text.repeated"


def test_a_bucket_that_is_full_again_is_not_remembered(clock: Clock) -> None:
    room = Limits(Settings(), clock)
    for n in range(100):
        room.message(of(f"seat{n}", f"198.51.100.{n}"), "hi")
    assert tables(room)[:2] == [100, 100]
    clock.passes(10)
    for n in range(60):
        room.message(of("ann", HOME), f"{n}")
        clock.passes(2)
    assert max(tables(room)[:2]) == 1
