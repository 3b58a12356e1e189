"""Places: which connections may stay open, how many at once, and who yields when all places are taken."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Protocol

SCARCE = 0.8
"""The part of all places above which it is kept who holds how many, once all were taken."""
CONNECTION = "chat.connection"
"""Where a scope keeps the Connection of its request."""


class Waiter(Protocol):
    """What waits: a future, or a held poll that answers itself."""

    def done(self) -> bool: ...
    def set_result(self, again: bool, /) -> None:
        """`again`: whether the window may poll again at once."""


class Place:
    """A connection that stays open: a held poll, or the stream of a window without script."""

    __slots__ = ("browser", "kept", "network", "waiter")

    def __init__(self, browser: str, network: str) -> None:
        self.browser = browser
        self.network = network
        self.kept = True
        """False once it was given back, or taken away for a newcomer."""
        self.waiter: Waiter | None = None
        """What its connection waits for just now."""

    def let_go(self) -> None:
        """End the wait with an ordinary answer."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(False)


class Connection:
    """A client's connection, as the server knows it: it ends the held poll that nobody waits for any more.

    The server puts it into the scope of every request, as `scope[CONNECTION]`. Without it (another
    server) a poll keeps its place for the hold time when its client is gone.
    """

    __slots__ = ("has_more", "head", "lost", "place")

    def __init__(self) -> None:
        self.head: tuple[str, bytes, bytes] | None = None
        """What the poll that was begun last looks like, when the same may be answered without being read again."""
        self.lost = False
        self.has_more = False
        """Whether bytes wait behind the request that is being answered. The server soon stops reading such a
        connection, and does not see its end: a poll is not held then."""
        self.place: Place | None = None
        """The place of the poll that is held on it."""

    def lose(self) -> None:
        """The client is gone."""
        self.lost = True
        self.let_go()

    def gets_more(self) -> None:
        """Bytes wait behind the request that is being answered."""
        self.has_more = True
        self.let_go()

    def let_go(self) -> None:
        """Answer the held poll now, if there is one."""
        if self.place is not None:
            self.place.let_go()


class Places:
    """Gives places, up to a bound for the process and one for each browser.

    The rule when all places are taken: a newcomer still gets one if some network holds at least two places more
    than the newcomer's own. The network that holds the most gives up its oldest place, and that connection gets
    an ordinary answer which asks it to poll more slowly. So a single network may take every place that nobody else
    wants (a school behind one address, a site behind a proxy that is not named), and can keep none from the others.
    A network is an IPv4 address, or an IPv6 /64. It takes the same few steps however many places there are.
    """

    def __init__(self, bound: int, per_browser: int) -> None:
        self.bound = bound
        self.per_browser = per_browser
        self.taken = 0
        self._browsers: dict[str, int] = {}
        """Places of each browser."""
        self._networks: dict[str, OrderedDict[Place, None]] = {}
        """Places of each network, the oldest first."""
        self._ranking: Ranking | None = None
        """Of the networks, by their places; kept only while places are scarce, since every change costs a little."""

    def take(self, browser: str, network: str) -> Place | None:
        """A place for one more connection of this browser; None when there is none."""
        of_browser = self._browsers.get(browser, 0)
        if of_browser >= self.per_browser or (self.taken >= self.bound and not self._make_room(network)):
            return None
        place = Place(browser, network)
        self.taken += 1
        self._browsers[browser] = of_browser + 1
        places = self._networks.get(network)
        if places is None:
            places = self._networks[network] = OrderedDict()
        places[place] = None
        if self._ranking:
            self._ranking.change(network, len(places) - 1, len(places))
        return place

    def give_back(self, place: Place) -> None:
        """Its connection ends. Nothing happens when the place was given back or taken away before."""
        if not place.kept:
            return
        place.kept = False
        self.taken -= 1
        left = self._browsers[place.browser] = self._browsers[place.browser] - 1
        if not left:
            del self._browsers[place.browser]
        places = self._networks[place.network]
        del places[place]
        if not places:
            del self._networks[place.network]
        if self._ranking:
            self._ranking.change(place.network, len(places) + 1, len(places))
            if self.taken < self.bound * SCARCE:
                self._ranking = None

    def all(self) -> list[Place]:
        """Those that are taken."""
        return [place for places in self._networks.values() for place in places]

    def let_go(self) -> None:
        """End every wait with an ordinary answer."""
        for place in self.all():
            place.let_go()

    def _make_room(self, network: str) -> bool:
        """Take a place away from the network that holds the most, unless this one would then hold more."""
        if self._ranking is None:
            self._ranking = Ranking({network: len(places) for network, places in self._networks.items()})
        if len(self._networks.get(network, ())) + 2 > self._ranking.most:
            return False
        oldest = next(iter(self._networks[self._ranking.first()]))
        self.give_back(oldest)
        oldest.let_go()
        return True


class Ranking:
    """Which network holds the most places, when they change one by one."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.most = max(counts.values(), default=0)
        self._by_count: dict[int, set[str]] = {}
        for network, count in counts.items():
            self._by_count.setdefault(count, set()).add(network)

    def first(self) -> str:
        """A network that holds the most."""
        network = self._by_count[self.most].pop()  # an iterator would step over all that left the set before
        self._by_count[self.most].add(network)
        return network

    def change(self, network: str, before: int, now: int) -> None:
        """The network's places have become one more, or one less."""
        if before:
            peers = self._by_count[before]
            peers.discard(network)
            if not peers:
                del self._by_count[before]
        if now:
            self._by_count.setdefault(now, set()).add(network)
        if now > self.most or self.most not in self._by_count:
            self.most = now
