"""What every action needs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.domain.bans import Bans
from chat.domain.digests import Digests
from chat.domain.limits import Limits
from chat.domain.visitors import Origin, Visitor
from chat.domain.words import Words
from chat.storage.database import Database
from chat.storage.writer import Writer


@dataclass(frozen=True, slots=True)
class Context:
    """Where events are stored, and the rules that the operator has set."""

    database: Database
    writer: Writer
    limits: Limits
    bans: Bans
    words: Words
    digests: Digests
    message_length: int
    reserved_names: tuple[str, ...]
    keeps_addresses: bool
    reports_hide: int
    """Distinct browsers whose reports hide a message; 0: never."""
    links_after: timedelta
    """How long after their first message a person may send links; none: at once."""
    now: Callable[[], datetime]

    def origin(self, visitor: Visitor) -> Origin:
        """What is stored of where a visitor's message comes from."""
        return Origin(visitor.address if self.keeps_addresses else "", self.digests.browser(visitor.browser))
