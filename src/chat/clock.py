"""The time."""

import asyncio
import time
from datetime import UTC, datetime


class Clock:
    """The time, and waiting for it. A test constructs one that passes when it is told to."""

    monotonic = staticmethod(time.monotonic)
    """Seconds since some moment; never set back."""
    time = staticmethod(time.time)
    """Seconds since 1970."""
    sleep = staticmethod(asyncio.sleep)

    def utc(self) -> datetime:
        """This moment."""
        return datetime.fromtimestamp(self.time(), UTC)
