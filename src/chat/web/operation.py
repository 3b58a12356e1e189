"""What the operator asks."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType

from chat.storage import log
from chat.web.house import House

FRESH_SECONDS = 1.0
"""A finding is told again for this long: asking often costs the database nothing."""


class Health:
    """The last finding about the database."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def look(self, house: House) -> str | None:
        """What is wrong with the database; None when it can be written."""
        clock = asyncio.get_running_loop().time
        async with self._looking:
            if clock() >= self._until:
                self.problem = await self._find(house)
                self._until = clock() + FRESH_SECONDS
        return self.problem

    async def _find(self, house: House) -> str | None:
        writer = house.log.writer
        if writer.busy and not writer.failing:
            return None  # posts are being stored: a second writer would only be in their way
        try:
            await log.check(house.database)
        except Exception as error:
            return str(error) or type(error).__name__
        return "a post was not stored" if writer.failing else None


@get("/health", media_type=MediaType.JSON)
async def health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """200 when messages can be stored, else 503 and why. Without wake-ups, news of other processes come later."""
    house: House = request.app.state.house
    problem = await request.app.state.health.look(house)
    unheard = house.wakes and house.wakes.problem
    found = {
        "status": "failing" if problem else "degraded" if unheard else "ok",
        "database": problem or "ok",
        "wake_ups": unheard or "ok",
        "held_polls": house.waiting.places.taken,
    }
    return Response(msgspec.json.encode(found), status_code=503 if problem else 200, media_type=MediaType.JSON)
