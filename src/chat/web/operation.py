"""What the operator asks."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.enums import MediaType

from chat.storage import log
from chat.storage.database import UNAVAILABLE
from chat.web.house import House

FRESH_SECONDS = 1.0
"""A finding is told again for this long: asking often costs the database nothing."""


class Health:
    """The last finding about the database."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self._until = 0.0

    async def look(self, house: House) -> str | None:
        """What is wrong with the database; None when it can be written."""
        now = asyncio.get_running_loop().time()
        if now >= self._until:
            self._until = now + FRESH_SECONDS
            try:
                await log.check(house.database)
                self.problem = "a post was not stored" if house.log.writer.failing else None
            except UNAVAILABLE as error:
                self.problem = str(error) or type(error).__name__
        return self.problem


@get("/health", media_type=MediaType.JSON)
async def health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """200 when messages can be stored, else 503 and why."""
    house: House = request.app.state.house
    problem = await request.app.state.health.look(house)
    found = {
        "status": "failing" if problem else "ok",
        "database": problem or "ok",
        "held_polls": len(house.waiting.held),
    }
    return Response(msgspec.json.encode(found), status_code=503 if problem else 200, media_type=MediaType.JSON)
