"""What people do in a room: say, rename, remove, notice; and reading the log by pages."""

from hashlib import blake2s
from typing import cast

from chat.domain import nicknames, texts
from chat.domain.limits import Limits
from chat.domain.refusals import Refused
from chat.storage import log, people
from chat.storage.log import Draft, Event
from chat.storage.writer import Writer

__all__ = ["Event", "RoomLog"]


class RoomLog:
    """The log of every room: what the domain's rules let in, in one order."""

    def __init__(
        self,
        writer: Writer,
        limits: Limits,
        *,
        length: int = texts.LIMIT,
        reserved: tuple[str, ...] = nicknames.RESERVED,
    ) -> None:
        self.writer = writer
        self.limits = limits
        self.length = length
        self.reserved = reserved

    async def say(self, room: str, seat: str, address: str, text: str, key: str) -> Event:
        """Store what a person said, exactly once a (seat, key, text): a repeat answers the first result.

        The key is looked up before the limits: a retry is never too fast. Raises Refused.
        """
        text, key = texts.clean(text, limit=self.length), texts.key(key)
        once = blake2s(f"{seat}\0{key}\0{text}".encode(), digest_size=16).hexdigest()
        new = self.writer.in_flight(once) is None
        if new:
            try:
                self.limits.message(seat, address, text)
            except Refused:
                if first := (await log.first_results([once])).get(once):
                    return first
                raise
        try:
            result = await self.writer.store(Draft(room, "message", seat, text, once=once))
        except Refused:
            if new:
                self.limits.refund_message(seat, address, text)
            raise
        if new and not result.fresh:
            self.limits.refund_message(seat, address, text)
        return cast(Event, result.event)

    async def rename(self, room: str, seat: str, address: str, nickname: str) -> str | None:
        """Give a person a nickname from now on; answers it as it is kept (None: the default one). Raises Refused."""
        name = nicknames.clean(nickname, reserved=self.reserved)
        if name != await self.nickname(seat):
            self.limits.rename(seat, address)
            try:
                await self.writer.store(Draft(room, "rename", seat, name or ""))
            except Refused:
                self.limits.refund_rename(seat, address)
                raise
        return name

    async def remove(self, room: str, seat: str, target: int) -> Event | None:
        """Remove a message for good; `seat` is who did it. None when there is no such message, or no longer."""
        return (await self.writer.store(Draft(room, "removal", seat, target=target))).event

    async def notice(self, room: str, seat: str, text: str) -> Event | None:
        """Say a line as the house. Raises Refused."""
        line = texts.clean(text, limit=self.length)
        return (await self.writer.store(Draft(room, "notice", seat, line))).event

    async def nickname(self, seat: str) -> str | None:
        """The person's nickname; None for the default one."""
        return await people.nickname(seat)

    async def latest(self, room: str, count: int) -> list[Event]:
        """The newest events, oldest first."""
        return await log.latest(room, count)

    async def page_before(self, room: str, seq: int, count: int) -> list[Event]:
        """The `count` events below `seq`, oldest first."""
        return await log.before(room, seq, count)

    async def page_after(self, room: str, seq: int, count: int) -> list[Event]:
        """The `count` events above `seq`, oldest first."""
        return await log.after(room, seq, count)

    async def last_seq(self, room: str) -> int:
        """The number of the room's newest event; 0 when the room does not exist."""
        return await log.last_seq(room)

    async def last_seqs(self, rooms: list[str]) -> dict[str, int]:
        """The same of many rooms; those that do not exist are left out."""
        return await log.last_seqs(rooms)
