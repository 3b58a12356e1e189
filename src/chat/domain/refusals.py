"""The one error of the domain: something is refused, and why. Words are found for it at the edge."""

from __future__ import annotations


class Refused(Exception):
    """A wish that a rule forbids.

    `reason` is a dotted key ("text.too_long") and `details` hold the numbers its sentence needs:
    lengths and limits in code points, times in seconds.
    """

    def __init__(self, reason: str, **details: int | str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details

    @property
    def wait(self) -> int | None:
        """Whole seconds until it may be tried again; None when time does not heal it."""
        seconds = self.details.get("seconds")
        return seconds if isinstance(seconds, int) else None
