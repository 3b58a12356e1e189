"""The mark of a first visit: long enough for a redirect, whichever machine reads it."""

import pytest

from chat.domain.seats import NEW_SECONDS, Seats
from tests.kit.chats import Clock


def test_the_name_of_a_browser_is_believed_only_with_our_signature() -> None:
    ours, others = Seats(b"key"), Seats(b"another key")
    assert ours.browser(ours.browser_cookie("ann")) == "ann"
    assert ours.browser(others.browser_cookie("ann")) is None
    assert ours.browser(ours.browser_cookie("ann").replace("ann", "bob")) is None
    assert ours.browser("ann." + ours.cookie("lobby", "ann")) is None


@pytest.mark.parametrize("ahead", [-2, 0, 2])
def test_machines_whose_clocks_differ_a_little_believe_each_other_s_marks(ahead: int) -> None:
    here, there = Clock(), Clock()
    here.passes(100)
    there.passes(100 + ahead)
    mark = Seats(b"key", here.time).new_mark("seat", 2)
    assert Seats(b"key", there.time).tries("seat", mark) == 2
    assert Seats(b"key", there.time).tries("seat", mark.replace(".2.", ".1.")) == 0
    assert Seats(b"key", there.time).tries("another", mark) == 0
    there.passes(NEW_SECONDS + 3)
    assert Seats(b"key", there.time).tries("seat", mark) == 0
