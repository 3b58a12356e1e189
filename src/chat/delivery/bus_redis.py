"""Redis as the bus: Litestar's backend, on a connection that notices when the other end is gone."""

from litestar.channels.backends.redis import RedisChannelsPubSubBackend
from redis.asyncio import Redis

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 3.0
"""A connection on which nothing was heard for this long is asked whether it still lives."""


class RedisBus(RedisChannelsPubSubBackend):
    """One connection for listening, others for telling; thrown away when it fails."""

    def __init__(self, url: str) -> None:
        client = Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=SILENCE_SECONDS,
            socket_keepalive=True,
            health_check_interval=SILENCE_SECONDS,
        )
        super().__init__(redis=client)

    async def on_shutdown(self) -> None:
        await super().on_shutdown()
        await self._redis.aclose()
