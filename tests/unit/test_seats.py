"""The mark of a first visit: long enough for a redirect, whichever machine reads it."""

import pytest

from chat.domain.seats import NEW_SECONDS, Seats
from tests.kit.chats import Clock


@pytest.mark.parametrize("ahead", [-2, 0, 2])
def test_machines_whose_clocks_differ_a_little_believe_each_other_s_marks(ahead: int) -> None:
    here, there = Clock(), Clock()
    here.passes(100)
    there.passes(100 + ahead)
    mark = Seats(b"key", here.time).new_mark("seat")
    assert Seats(b"key", there.time).is_new("seat", mark)
    assert not Seats(b"key", there.time).is_new("another", mark)
    there.passes(NEW_SECONDS + 3)
    assert not Seats(b"key", there.time).is_new("seat", mark)
