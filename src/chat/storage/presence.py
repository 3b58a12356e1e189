"""What processes tell each other of who is here: a row for each process and room. For PostgreSQL alone."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from chat.domain.presence import Seen
from chat.storage.database import Database
from chat.storage.log import placeholders
from chat.storage.tables import Presence

AT_ONCE = 300
"""Rows of one statement."""
FRESH = "INTERVAL '30 seconds'"
"""A process that has told nothing for so long is dead, by the database's clock."""


class SharedPresence:
    """One process's end."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = secrets.token_hex(4)

    async def tell(self, seen: Mapping[str, Seen]) -> None:
        """Say whom this process sees in these rooms; what dead processes said goes. Raises DatabaseError."""
        rooms = sorted(seen)
        async with self._database.writing():
            for start in range(0, len(rooms), AT_ONCE):
                part = rooms[start : start + AT_ONCE]
                values: list[Any] = []
                for room in part:
                    values += self._me, room, seen[room].share, " ".join(seen[room].seats)
                rows = ", ".join(["({}, {}, {}, {}, CURRENT_TIMESTAMP)"] * len(part))
                await Presence.raw(
                    f"INSERT INTO presence (process, room, share, seats, at) VALUES {rows} "
                    "ON CONFLICT (process, room) DO UPDATE "
                    "SET share = excluded.share, seats = excluded.seats, at = excluded.at",
                    *values,
                ).run()
            await Presence.raw(f"DELETE FROM presence WHERE at < CURRENT_TIMESTAMP - 2 * {FRESH}").run()

    async def ask(self, rooms: Sequence[str]) -> Mapping[str, list[Seen]]:
        """Whom the other processes see in these rooms. Raises DatabaseError."""
        found: defaultdict[str, list[Seen]] = defaultdict(list)
        for start in range(0, len(rooms), AT_ONCE):
            part = rooms[start : start + AT_ONCE]
            for row in await Presence.raw(
                f"SELECT room, share, seats FROM presence WHERE room IN ({placeholders(len(part))}) "
                f"AND process <> {{}} AND at > CURRENT_TIMESTAMP - {FRESH}",
                *part,
                self._me,
            ).run():
                found[row["room"]].append(Seen(row["share"], frozenset(row["seats"].split())))
        return found
