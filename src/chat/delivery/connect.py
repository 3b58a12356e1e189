"""The other processes: how this one tells them what it stored, and is told."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2s

from litestar.channels.backends.base import ChannelsBackend

from chat.actions.events import Event
from chat.delivery.bus import Wakes
from chat.delivery.hub import Delivery
from chat.storage import postgres
from chat.storage.writer import Writer


def join(writer: Writer, delivery: Delivery, url: str, key: bytes) -> Wakes:
    """Let this process wake the others, and be woken.

    PostgreSQL's wake-ups leave with the transaction that stores the events, Redis's right after it.
    """
    name = f"chatroom_{blake2s(key, digest_size=8).hexdigest()}"  # chats that share a Redis do not share a key
    wakes = Wakes(name, channel(url), delivery.heard, delivery.look_at_all)
    if url.startswith("postgres"):

        async def tell(newest: Mapping[str, int]) -> None:
            await postgres.notify(name, wakes.words(newest))

        writer.tell = tell
    else:

        def committed(events: Sequence[Event]) -> None:
            delivery.committed(events)
            wakes.tell({event.room: event.seq for event in events})

        writer.committed = committed
    return wakes


def channel(url: str) -> Callable[[], ChannelsBackend] | None:
    """What makes an end of the channel; None where there is no other process."""
    if url.startswith("memory:"):
        return None
    if url.startswith("postgres"):
        return partial(postgres.Listening, url)
    from chat.delivery.bus_redis import RedisChannel

    return partial(RedisChannel, url)
