"""A network whose posts are refused again and again is answered slowly."""

from chat.delivery.pauses import AT_ONCE, SHORTEST_SECONDS, Pauses
from chat.sizes import Sizes
from tests.kit.chats import Clock


class Slept(Clock):
    """A clock whose sleepers do not wait: it notes for how long they would."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


async def test_a_class_is_told_at_once_and_a_flooder_waits_while_others_do_not():
    clock = Slept()
    pauses = Pauses(clock, Sizes())
    for _ in range(int(AT_ONCE.burst)):
        await pauses.before_refusal("203.0.113.1")
    assert clock.slept == []
    await pauses.before_refusal("203.0.113.1")
    assert len(clock.slept) == 1
    assert clock.slept[0] >= SHORTEST_SECONDS
    await pauses.before_refusal("203.0.113.2")
    await pauses.before_refusal("")
    clock.passes(10)
    await pauses.before_refusal("203.0.113.1")
    assert len(clock.slept) == 1
