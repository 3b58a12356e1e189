"""Where messages came from: what moderators may see of them, and act on."""

from typing import Any, NamedTuple

from chat.domain import seats
from chat.domain.visitors import Origin
from chat.storage import people
from chat.storage.tables import Event


class Author(NamedTuple):
    """Who said a message, removed or not."""

    seat: str
    nickname: str | None
    origin: Origin

    @property
    def name(self) -> str:
        """What the log of acts calls them: it cannot be changed, so it must not keep a nickname."""
        return f"#{seats.tag(self.seat)}"


async def author(room: str, seq: int) -> Author | None:
    """The author of a message; None when there is no such message, or its author is forgotten. Raises Unavailable."""
    query = Event.select(Event.seat, Event.nickname, Event.address, Event.browser)
    row: dict[str, Any] | None = await query.where(
        (Event.room.name == room) & (Event.seq == seq) & (Event.kind == "message")
    ).first()
    if not row or not row["seat"] or await people.has_left(row["seat"]):
        return None
    return Author(row["seat"], row["nickname"], Origin(row["address"], row["browser"]))


async def said(room: str, seat: str, before: int, count: int) -> list[dict[str, Any]]:
    """What a person has said in a room and not taken back, the newest first, below a number. Raises Unavailable."""
    where = (Event.room.name == room) & (Event.seat == seat) & (Event.kind == "message") & (Event.erased.eq(False))
    query = Event.select(Event.seq, Event.at, Event.text).where(where & (Event.seq < before))
    return list(await query.order_by(Event.at, Event.seq, ascending=False).limit(count).run())


async def addresses(seat: str) -> list[str]:
    """The addresses that are stored with a person's messages. Raises Unavailable."""
    rows = await Event.raw("SELECT DISTINCT address FROM event WHERE seat = {} AND address <> '' LIMIT 20", seat).run()
    return sorted(row["address"] for row in rows)


async def messages_of(room: str, seat: str, since: Any) -> list[int]:
    """The numbers of what a person said in a room since then, and that is still there. Raises Unavailable."""
    where = (Event.room.name == room) & (Event.seat == seat) & (Event.kind == "message") & (Event.erased.eq(False))
    rows = await Event.select(Event.seq).where(where & (Event.at >= since)).order_by(Event.seq).run()
    return [row["seq"] for row in rows]
