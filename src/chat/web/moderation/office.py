"""What a moderator sees in the sheet of a message."""

from typing import NamedTuple

from chat.domain.bans import MINUTES
from chat.storage import origins
from chat.web.drawing.audiences import Audience, durations
from chat.web.http.moderators import moderator_of
from chat.web.http.requests import AnyRequest


class Office(NamedTuple):
    """Where a message came from, and how long its author may be banned."""

    address: str
    durations: list[tuple[int, str]]


async def office(request: AnyRequest, reads: Audience, room: str, seq: int) -> Office | None:
    """For a moderator who looks at a message; None for everybody else. Raises Unavailable."""
    if await moderator_of(request) is None:
        return None
    author = await origins.author(room, seq)
    return Office(author.origin.address if author else "", durations(reads, MINUTES))
