"""How fast a crowd may write: what an address is allowed, by the windows that poll from there."""

from chat.domain.buckets import Pace
from chat.domain.crowds import Crowd
from chat.settings import Settings

AT_ONCE = 60
"""Lines of all of an address at once: a class that answers one question."""
LASTING = 0.9
"""The part of its widest that an address has in the long run: with what it sent at once, the widest over 20 s."""
FEW = 5.0
"""Lines a second of an address from which few windows poll, or none."""
WINDOW_SECONDS = 7.0
"""Each window that polls adds a line in so many seconds, up to the widest."""

NEWCOMER_SECONDS = 8.0
"""Each newcomer whose window polls adds a line in so many seconds to what newcomers share …"""
DOUBTFUL = 3.5
"""… but no more than so many a second: at this, forty seats of one flooder stay below 130 lines in 20 s …"""
FLOODER, CROWD_SECONDS = 30, 4.0
"""… until there are more windows than one flooder is thought to have: then each adds a line in so many seconds."""

PROXY_SECONDS = 20
"""What an address that stands for everybody may send at once: its widest over so many seconds."""

RENAME_SECONDS = 60.0
"""Each window that polls adds a rename in so many seconds."""
FEW_RENAMES = 0.5
"""Renames a second of an address from which few windows poll."""


class Paces:
    """The settings as paces."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.person = Pace(settings.person_burst, 1 / settings.person_seconds)
        self.renames = Pace(settings.renames, settings.renames / 60)
        self.windows = Pace(settings.windows_burst, settings.windows_per_minute / 60)
        self.proxy = Pace(settings.address_per_second * PROXY_SECONDS, settings.address_per_second)
        """Of an address that stands for everybody: the widest, and much of it at once."""
        self._newcomers = Pace(settings.address_burst, 1 / settings.address_seconds)
        # An operator who lets newcomers write more than this lets all.
        self._least = Pace(max(AT_ONCE, self._newcomers.burst), max(FEW, self._newcomers.rate))
        self._widest = max(settings.address_per_second * LASTING, self._newcomers.rate)

    def address(self, crowd: Crowd) -> Pace:
        """Of all people of an address together: each newcomer may greet, and talk grows with those who are there."""
        burst = max(self._least.burst, crowd.newcomers)
        return Pace(burst, min(self._widest, max(self._least.rate, crowd.windows / WINDOW_SECONDS)))

    def newcomers(self, crowd: Crowd) -> Pace:
        """What the newcomers of an address share."""
        doubtful = max(DOUBTFUL, (crowd.newcomers - FLOODER) / CROWD_SECONDS)
        grown = min(crowd.newcomers / NEWCOMER_SECONDS, doubtful, self._settings.address_per_second / 2)
        return Pace(max(self._newcomers.burst, crowd.newcomers), max(self._newcomers.rate, grown))

    def address_renames(self, crowd: Crowd) -> Pace:
        """Of all people of an address together."""
        rate = max(FEW_RENAMES, crowd.windows / RENAME_SECONDS)
        return Pace(max(self._settings.address_renames, crowd.windows), rate)
