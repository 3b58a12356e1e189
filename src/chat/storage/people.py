"""People as rows: a seat and its nickname, stored with the first message or rename."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chat.domain import seats
from chat.storage.tables import Ban, Leaver, Person


async def nickname(seat: str) -> str | None:
    """The nickname of a seat; None for the default one, or when nothing is stored."""
    return (await nicknames([seat])).get(seat)


async def nicknames(seats: Iterable[str]) -> dict[str, str | None]:
    """The nicknames of those of the seats that are stored."""
    wanted = sorted(set(seats))
    if not wanted:
        return {}
    among = ", ".join(["{}"] * len(wanted))
    rows = await Person.raw(f"SELECT seat, nickname FROM person WHERE seat IN ({among})", *wanted).run()
    return {row["seat"]: row["nickname"] for row in rows}


class Known(NamedTuple):
    """What is stored of some seats."""

    nicknames: dict[str, str | None]
    """Of those that have one, or have spoken."""
    left: set[str]
    """Those whose person has given them up."""


async def known(seats: Iterable[str]) -> Known:
    """What is stored of these seats, in one query."""
    wanted = sorted(set(seats))
    found = Known({}, set())
    if wanted:
        among = ", ".join(["{}"] * len(wanted))
        rows = await Person.raw(
            f"SELECT seat, nickname, 0 AS has_left FROM person WHERE seat IN ({among}) "
            f"UNION ALL SELECT seat, NULL, 1 FROM leaver WHERE seat IN ({among})",
            *wanted,
            *wanted,
        ).run()
        for row in rows:
            if row["has_left"]:
                found.left.add(row["seat"])
            else:
                found.nicknames[row["seat"]] = row["nickname"]
    return found


async def leave(seat: str, tag: str, at: datetime) -> None:
    """A person gives up their seat: nobody is called by its nickname any more. In the transaction of the event."""
    insert = "INSERT INTO leaver (seat, at, erased) VALUES ({}, {}, {}) ON CONFLICT (seat) DO NOTHING"
    await Leaver.raw(insert, seat, at, False).run()
    await Person.raw("DELETE FROM person WHERE seat = {}", seat).run()
    await Ban.raw("UPDATE ban SET nickname = NULL WHERE tag = {}", tag).run()


class InRoom(NamedTuple):
    """Somebody who has spoken in a room or taken a nickname there."""

    room: str
    seat: str
    nickname: str | None
    messages: int


async def with_tag(tag: str, room: str | None) -> list[InRoom]:
    """Those whose tag this is, in all rooms or in one. A tag is made from the seat: all seats are looked at."""
    found: list[InRoom] = []
    behind = 0
    while rows := await Person.raw(
        "SELECT id, seat, nickname FROM person WHERE id > {} ORDER BY id LIMIT 5000", behind
    ).run():
        behind = rows[-1]["id"]
        for row in rows:
            if seats.tag(row["seat"]) == tag:
                found += await _in_rooms(row["seat"], row["nickname"])
    return [person for person in found if room in (None, person.room)]


async def _in_rooms(seat: str, nickname: str | None) -> list[InRoom]:
    rows = await Person.raw(
        "SELECT room.name AS room, sum(CASE WHEN kind = 'message' THEN 1 ELSE 0 END) AS messages "
        "FROM event JOIN room ON room.id = event.room WHERE seat = {} GROUP BY room.name",
        seat,
    ).run()
    return [InRoom(row["room"], seat, nickname, int(row["messages"])) for row in rows]


async def has_left(seat: str) -> bool:
    """Whether the seat's person has given it up."""
    return bool(await Leaver.raw("SELECT id FROM leaver WHERE seat = {}", seat).run())


class Named(NamedTuple):
    """Somebody who has spoken or taken a nickname."""

    seat: str
    nickname: str | None


async def named(seats: Iterable[str], most: int) -> list[Named]:
    """Those of the seats that are stored, at most so many, those who came first first."""
    wanted = sorted(set(seats))[: 10 * most]
    among = ", ".join(["{}"] * len(wanted))
    rows = await Person.raw(
        f"SELECT seat, nickname FROM person WHERE seat IN ({among}) ORDER BY id LIMIT {{}}", *wanted, most
    ).run()
    return [Named(row["seat"], row["nickname"]) for row in rows]


async def since(seat: str) -> datetime | None:
    """When a person first spoke or took a nickname; None while they have not."""
    row = await Person.select(Person.created_at).where(Person.seat == seat).first().run()
    return row["created_at"] if row else None


async def enter(seats: Iterable[str]) -> None:
    """Store people who have no nickname yet; those who are stored stay as they are."""
    await _insert(dict.fromkeys(seats), "NOTHING")


async def keep(people: Mapping[str, str | None]) -> None:
    """Store these people's new nicknames, and those who are not stored yet."""
    await _insert(people, "UPDATE SET nickname = excluded.nickname")


async def _insert(people: Mapping[str, str | None], where_known: str) -> None:
    if not people:
        return
    now = datetime.now(UTC)
    values: list[Any] = [value for seat in sorted(people) for value in (seat, people[seat], now)]
    rows = ", ".join(["({}, {}, {})"] * len(people))
    await Person.raw(
        f"INSERT INTO person (seat, nickname, created_at) VALUES {rows} ON CONFLICT (seat) DO {where_known}",
        *values,
    ).run()


async def touch() -> None:
    """Store a person who is nobody, and forget them: whether anything can be written shows only so."""
    await keep({"": None})
    await Person.raw("DELETE FROM person WHERE seat = ''").run()
