"""The time."""

import asyncio
import time


class Clock:
    """The time, and waiting for it. A test constructs one that passes when it is told to."""

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
