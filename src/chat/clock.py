"""The time."""

import asyncio
import time


class Clock:
    """The time, and waiting for it. A test constructs one that passes when it is told to."""

    monotonic = staticmethod(time.monotonic)
    """Seconds since some moment; never set back."""
    time = staticmethod(time.time)
    """Seconds since 1970."""
    sleep = staticmethod(asyncio.sleep)
