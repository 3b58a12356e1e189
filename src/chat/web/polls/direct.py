"""The fast door: a poll is answered, or waits, on its connection, without a task, a scope or an ASGI message.

An open window sends the same bytes with every poll, but for the numbers behind the question mark. So the first poll on
a connection is parsed, checked and answered the ordinary way (`asgi.py`), which *learns* what its head says. When the
same head comes again it need not be read again. Whatever is unusual goes the ordinary way, also after waiting.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from chat.delivery.places import Connection, Place
from chat.web.http.windows import Window
from chat.web.polls.answer import TRIGGER_NOW, TRIGGER_PACED
from chat.web.polls.polls import Poll, Polls

QUESTION = b"/messages?"
AFTER_QUERY = b" HTTP/1.1\r\n"
LONGEST_LEARNED = 2000
"""Bytes of a head; a longer one goes the ordinary way."""
UNUSUAL = {b"content-length", b"transfer-encoding", b"expect", b"upgrade"}
"""Headers that make more of a request than a question."""

Head = tuple[str, bytes, bytes]
"""The peer's address, and what stands before and behind a poll's query."""


class Caller(NamedTuple):
    """What a head says."""

    head: Head
    window: Window
    network: str
    accepted: bytes
    """The encodings that the browser takes."""


class Line(Protocol):
    """The connection of a poll, as the server has it."""

    connection: Connection

    def send_answer(self, answer: bytes) -> None:
        """Send a whole answer; it begins behind the server's own headers."""

    def pass_on(self, request: bytes) -> None:
        """Take the request the ordinary way."""


class DirectPolls:
    """Answers polls whose heads are known. `size`: how many heads are remembered."""

    def __init__(self, polls: Polls, size: int) -> None:
        self._polls = polls
        self._size = size
        self._known: OrderedDict[Head, Caller] = OrderedDict()

    @property
    def remembered(self) -> int:
        """Heads in memory."""
        return len(self._known)

    def learn(self, connection: Connection, window: Window, network: str, headers: Mapping[bytes, bytes]) -> None:
        """Remember what the head says that the connection has just had."""
        head, connection.head = connection.head, None
        if head is None or not UNUSUAL.isdisjoint(headers):
            return
        self._known[head] = Caller(head, window, network, headers.get(b"accept-encoding", b""))
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def find(self, head: Head) -> Caller | None:
        """What this head says, when it is known."""
        return self._known.get(head)

    def take(self, caller: Caller, query: bytes, line: Line) -> bool:
        """Answer a poll, or hold it; False when it must go the ordinary way."""
        poll = self._polls.find(caller.window, query, caller.network)
        if poll is None:
            return False
        if not poll.waits:
            return self.answer(poll, TRIGGER_NOW, caller, line)
        window, connection, waiters = poll.window, line.connection, self._polls.waiters
        place = waiters.enter(window.seat, window.browser, caller.network, connection)
        if place is None:
            return self.answer(poll, TRIGGER_PACED, caller, line)
        waiters.park(poll.tail, place, HeldPoll(self, poll, caller, query, line, place), next_wave=poll.is_behind)
        return True

    def answer(self, poll: Poll, trigger: str, caller: Caller, line: Line) -> bool:
        """Answer it from memory; False when that cannot be done."""
        try:
            answer = self._polls.answer(poll, trigger)
        except Exception:  # the ordinary way meets the fault too, and logs it
            return False
        if answer is None:
            return False
        self._polls.waiters.ended(poll.window.seat)
        line.send_answer(answer.wire(caller.accepted))
        return True

    def end(self, held: "HeldPoll", again: bool) -> None:
        """A poll has waited long enough: free its place, and answer it unless its client is gone."""
        poll, place, line = held.poll, held.place, held.line
        self._polls.waiters.unpark(poll.tail, place, held)
        self._polls.waiters.leave(poll.window.seat, place, line.connection)
        if line.connection.lost:
            self._polls.waiters.ended(poll.window.seat)
        elif not self.answer(poll, TRIGGER_NOW if again else TRIGGER_PACED, held.caller, line):
            _, before, behind = held.caller.head
            line.pass_on(b"".join((before, QUESTION, held.query, AFTER_QUERY, behind)))


class HeldPoll:
    """A poll that waits: to a tail and to `Waiters` the same as a future."""

    __slots__ = ("_direct", "_over", "caller", "line", "place", "poll", "query")

    def __init__(self, direct: DirectPolls, poll: Poll, caller: Caller, query: bytes, line: Line, place: Place) -> None:
        self._direct = direct
        self._over = False
        self.poll = poll
        self.caller = caller
        self.query = query
        self.line = line
        self.place = place

    def done(self) -> bool:
        return self._over

    def set_result(self, again: bool) -> None:
        """Answer it now; `again`: whether the window may poll again at once."""
        if not self._over:
            self._over = True
            self._direct.end(self, again)
