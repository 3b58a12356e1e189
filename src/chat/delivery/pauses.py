"""Pauses: a network whose posts are refused again and again is answered slowly, so that others need not wait for it."""

from random import uniform

from chat.clock import Clock
from chat.domain.buckets import Buckets, Pace
from chat.sizes import Sizes

AT_ONCE = Pace(20, 5)
"""Refusals of a network that are answered without a pause: a class that is too fast is told so at once."""
SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 3.0
"""Before each further one; not all equally long, or they would all come back together."""


class Pauses:
    """What this process has refused to each network lately."""

    def __init__(self, clock: Clock, sizes: Sizes) -> None:
        self._clock = clock
        self._refused = Buckets(sizes.people)

    async def before_refusal(self, network: str) -> None:
        """Wait, when too many were refused; nobody where no network is known."""
        if not network:
            return
        now = self._clock.monotonic()
        if self._refused.wait(network, now, AT_ONCE):
            await self._clock.sleep(uniform(SHORTEST_SECONDS, LONGEST_SECONDS))  # noqa: S311 no secret
        else:
            self._refused.spend(network, now, AT_ONCE)
