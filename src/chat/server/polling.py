"""A connection whose polls are answered where they arrive: see `web/polls/direct.py`."""

from typing import Any

from chat.server.protocol import HEAD_END, BoundedProtocol
from chat.web.polls.direct import AFTER_QUERY, LONGEST_LEARNED, QUESTION, DirectPolls

STATUS = b"HTTP/1.1 200 OK\r\n"


class PollingProtocol(BoundedProtocol):
    """One connection. Bytes that are a poll whose head is known never reach the parser."""

    def __init__(self, *arguments: Any, polls: DirectPolls, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._polls = polls

    def is_answering(self) -> bool:
        return self.connection.place is not None or super().is_answering()

    def data_received(self, data: bytes) -> None:
        before, question, rest = data.partition(QUESTION)
        if not question or len(data) > LONGEST_LEARNED or not self._is_between_requests():
            return super().data_received(data)
        query, _, behind = rest.partition(AFTER_QUERY)
        head = (self.client[0] if self.client else "", before, behind)
        caller = self._polls.find(head)
        if caller is not None and self._polls.take(caller, query, self):
            return self._has_taken()
        super().data_received(data)
        if is_plain(before, behind) and self._complete and self.cycle and self.cycle.keep_alive:
            self.connection.head = head  # for the task that answers it, which learns what it says

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.connection.head = None

    def _is_between_requests(self) -> bool:
        """Whether the next byte begins a request that may be answered at once."""
        return self._complete and not (self._ahead or self.flow.write_paused or self.is_answering())

    def _has_taken(self) -> None:
        """A poll came, and was not parsed."""
        if self._silent:
            self._silent = False
            self._shared.has_spoken(self)
            self._stop_deadline()
        if self.connection.place is not None:
            self.idle_since = None

    def pass_on(self, request: bytes) -> None:
        if self._ahead:  # what came behind it ended its wait
            self._ahead[:0] = request
        else:
            super().data_received(request)

    def send_answer(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.server_state.total_requests += 1
            self.transport.write(b"".join((STATUS, self._shared.own_headers(self.server_state), answer)))
            self.idle_since = self.loop.time()


def is_plain(before: bytes, behind: bytes) -> bool:
    """Whether these are the beginning and the end of one whole head, without a body."""
    return before.startswith(b"GET /") and behind.find(HEAD_END) == len(behind) - len(HEAD_END)
