"""Where messages came from: what moderators may see of them, and act on."""

from typing import Any, NamedTuple

from chat.domain import seats
from chat.domain.visitors import Origin
from chat.storage.tables import Event


class Author(NamedTuple):
    """Who said a message, removed or not."""

    seat: str
    nickname: str | None
    origin: Origin

    @property
    def name(self) -> str:
        """What the log of acts calls them."""
        return f"{self.nickname or ''}#{seats.tag(self.seat)}"


async def author(room: str, seq: int) -> Author | None:
    """The author of a message. Raises Unavailable."""
    query = Event.select(Event.seat, Event.nickname, Event.address, Event.browser)
    row: dict[str, Any] | None = await query.where(
        (Event.room.name == room) & (Event.seq == seq) & (Event.kind == "message")
    ).first()
    return Author(row["seat"], row["nickname"], Origin(row["address"], row["browser"])) if row else None


async def messages_of(room: str, seat: str, since: Any) -> list[int]:
    """The numbers of what a person said in a room since then, and that is still there. Raises Unavailable."""
    where = (Event.room.name == room) & (Event.seat == seat) & (Event.kind == "message") & (Event.erased.eq(False))
    rows = await Event.select(Event.seq).where(where & (Event.at >= since)).order_by(Event.seq).run()
    return [row["seq"] for row in rows]
