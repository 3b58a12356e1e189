"""Reports as rows."""

from datetime import datetime
from typing import Any, NamedTuple

from chat.domain.acts import Act
from chat.storage import acts
from chat.storage.database import Database
from chat.storage.tables import Report


class Filed(NamedTuple):
    """A report, and the message it is about."""

    id: int
    room: str
    seq: int
    seat: str
    reason: str
    text: str
    at: datetime
    done_at: datetime | None
    done_by: str
    said: str
    said_by: str
    nickname: str | None
    erased: bool


async def file(database: Database, room: str, seq: int, seat: str, browser: str, why: tuple[str, str]) -> int:
    """Store a report (reason, text), once a person and message; answers in how many browsers the message is reported
    that no moderator has looked at yet. Raises DatabaseError."""
    async with database.writing():
        await Report.raw(
            "INSERT INTO report (room, seq, seat, browser, reason, text) VALUES ({}, {}, {}, {}, {}, {}) "
            "ON CONFLICT (room, seq, seat) DO NOTHING",
            room,
            seq,
            seat,
            browser,
            *why,
        ).run()
        rows = await Report.raw(
            "SELECT COUNT(DISTINCT browser) AS browsers FROM report WHERE room = {} AND seq = {} AND done_at IS NULL",
            room,
            seq,
        ).run()
    return int(rows[0]["browsers"])


async def one(number: int) -> tuple[str, int] | None:
    """The room and number of the message that a report is about."""
    row = await Report.select(Report.room, Report.seq).where(Report.id == number).first().run()
    return (row["room"], row["seq"]) if row else None


async def settle(database: Database, room: str, seq: int, moderator: str, now: datetime) -> bool:
    """A moderator has looked at a message: its open reports are done. False when there was none. Raises
    DatabaseError."""
    async with database.writing():
        rows = await Report.raw(
            "UPDATE report SET done_at = {}, done_by = {} WHERE room = {} AND seq = {} AND done_at IS NULL "
            "RETURNING id",
            now,
            moderator,
            room,
            seq,
        ).run()
        if rows:
            await acts.record([Act(moderator, "settle", room, detail=f"{len(rows)} reports of {seq}")], now)
    return bool(rows)


async def listed(count: int, before: int = 2**62, *, done: bool = False) -> list[Filed]:
    """Open reports, or those that are done, the newest first, below this id."""
    rows: list[dict[str, Any]] = await Report.raw(
        "SELECT report.id, report.room, report.seq, report.seat, report.reason, report.text, report.at, "
        "report.done_at, report.done_by, event.text AS said, event.seat AS said_by, event.nickname, event.erased "
        "FROM report LEFT JOIN room ON room.name = report.room "
        "LEFT JOIN event ON event.room = room.id AND event.seq = report.seq AND event.kind = 'message' "
        "AND event.seat NOT IN (SELECT seat FROM leaver) "
        f"WHERE report.id < {{}} AND report.done_at IS {'NOT ' if done else ''}NULL ORDER BY report.id DESC LIMIT {{}}",
        before,
        count,
    ).run()
    return [Filed(**(row | {"said": row["said"] or "", "said_by": row["said_by"] or ""})) for row in rows]
