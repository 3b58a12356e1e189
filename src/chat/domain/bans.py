"""Bans: who may not write, or not enter; where, and until when. Every process holds those in force in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chat.domain.digests import Digests
from chat.domain.networks import network
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor

MUTE, BAN = "mute", "ban"
MODES = (MUTE, BAN)
MINUTES = (10, 60, 24 * 60, 7 * 24 * 60, 0)
"""How long a ban may last, as the forms offer it; 0: it has no end."""
LONGEST_ON_A_NETWORK = timedelta(days=30)
"""A network changes hands: no ban on one is longer."""
LONGEST = timedelta(days=3650)
EXCUSED = 10_000
"""Seats of moderators that are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """A person, a browser, a network (each where not empty) may not write, or not even enter."""

    id: int = 0
    mode: str
    room: str = ""
    """Empty: everywhere."""
    seat: str = ""
    browser: str = ""
    network: str = ""
    """Digests, as those of the browser."""
    tag: str = ""
    nickname: str | None = None
    address: str = ""
    """What moderators read of the network, for as long as addresses are kept."""
    reason: str = ""
    moderator: str = ""
    made_at: datetime = datetime.min.replace(tzinfo=UTC)
    ends_at: datetime | None = None
    lifted_at: datetime | None = None

    @property
    def weight(self) -> tuple[bool, float]:
        """Which of several is told: one that forbids more, one that lasts longer."""
        return self.mode == BAN, self.ends_at.timestamp() if self.ends_at else float("inf")

    def is_over(self, now: datetime) -> bool:
        return self.lifted_at is not None or (self.ends_at is not None and self.ends_at <= now)

    def refusal(self, now: datetime) -> Refused:
        """What its person is told: `left` are the seconds until it ends, 0 when it has no end."""
        left = max(1, int((self.ends_at - now).total_seconds())) if self.ends_at else 0
        if self.mode == MUTE:
            return Refused("person.muted", left=left, why=self.reason)
        return Refused("person.banned", left=left, why=self.reason)


def end(minutes: int, now: datetime, *, on_network: bool) -> datetime | None:
    """When a ban of so many minutes ends; None: never. Raises Refused: ban.minutes, ban.network_end."""
    longest = LONGEST_ON_A_NETWORK if on_network else LONGEST
    if minutes == 0 and on_network:
        raise Refused("ban.network_end", days=LONGEST_ON_A_NETWORK.days)
    if not 0 <= minutes <= LONGEST.total_seconds() // 60:
        raise Refused("ban.minutes")
    if timedelta(minutes=minutes) > longest:
        raise Refused("ban.network_end", days=LONGEST_ON_A_NETWORK.days)
    return now + timedelta(minutes=minutes) if minutes else None


class Bans:
    """The bans in force. Not for several threads."""

    def __init__(self, digests: Digests, now: Callable[[], datetime], changed: Callable[[], None]) -> None:
        """`changed` is called when others are in force."""
        self._digests = digests
        self._changed = changed
        self._now = now
        self._by_whom: dict[str, list[Ban]] = {}
        self._excused: set[str] = set()
        self.active = False
        """Whether there is any: nearly always there is none, and nothing more is asked."""

    def replace(self, bans: Iterable[Ban]) -> None:
        """From now on these are in force."""
        by_whom: defaultdict[str, list[Ban]] = defaultdict(list)
        for ban in bans:
            for whom in {ban.seat, ban.browser, ban.network} - {""}:
                by_whom[whom].append(ban)
        self._by_whom = dict(by_whom)
        self._excused.clear()
        self.active = bool(by_whom)
        self._changed()

    def against(self, room: str, seat: str, browser: str, network: str) -> Ban | None:
        """The ban that holds for this person, or browser, or network, in a room; the heaviest of several."""
        if not self.active or seat in self._excused:
            return None
        whom = (seat, self._digests.browser(browser), self._digests.network(network))
        now = self._now()
        found = [
            ban
            for name in whom
            for ban in self._by_whom.get(name, ())
            if ban.room in ("", room) and not ban.is_over(now)
        ]
        return max(found, key=lambda ban: ban.weight, default=None)

    def excuse(self, seat: str) -> None:
        """A moderator is signed in there: no ban holds for this seat until something changes."""
        if len(self._excused) < EXCUSED:
            self._excused.add(seat)

    def concerns(self, seat: str, browser: str, network: str) -> bool:
        """Whether any ban, in whatever room, is on them."""
        whom = (seat, self._digests.browser(browser), self._digests.network(network))
        return any(name in self._by_whom for name in whom)

    def forbids_entry(self, room: str, seat: str, browser: str, network: str) -> bool:
        """Whether they may not be in the room."""
        ban = self.against(room, seat, browser, network)
        return ban is not None and ban.mode == BAN

    def check(self, room: str, visitor: Visitor) -> None:
        """Whether a visitor may write. Raises Refused: person.banned, person.muted (left, why)."""
        if not self.active or visitor.moderator:
            return
        ban = self.against(room, visitor.seat, visitor.browser, network(visitor.address))
        if ban is not None:
            raise ban.refusal(self._now())
