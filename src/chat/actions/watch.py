"""What every process keeps in memory, and reads again when any process has changed it."""

from collections.abc import Awaitable, Callable, Mapping

import structlog

from chat.storage.errors import DatabaseError
from chat.storage.versions import all_versions

logger = structlog.get_logger()


class Watch:
    """Looks at the versions, and refreshes what has another one than before: {name: how it is read again}."""

    def __init__(self, kept: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
        self._kept = kept
        self._seen = dict.fromkeys(kept, -1)

    async def look(self) -> None:
        """A database that is away is told elsewhere; what was read before holds meanwhile."""
        try:
            versions = await all_versions()
            for name, refresh in self._kept.items():
                if (number := versions.get(name, 0)) != self._seen[name]:
                    await refresh()
                    self._seen[name] = number
        except DatabaseError as error:
            logger.debug("changes not read", error=str(error))
