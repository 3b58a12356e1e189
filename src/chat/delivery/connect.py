"""Connects this process to the others: which bus it is on, and who gets the events of a commit."""

from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import blake2s

from litestar.channels.backends.base import ChannelsBackend

from chat.delivery.bus import Bus
from chat.delivery.bus_postgres import PostgresBus
from chat.delivery.hub import Hub
from chat.domain.events import Event
from chat.jobs import Jobs
from chat.settings import Settings
from chat.sizes import Sizes
from chat.storage import postgres
from chat.storage.append import Announce
from chat.storage.writer import Committed


def connect_bus(settings: Settings, key: bytes, hub: Hub, jobs: Jobs, sizes: Sizes) -> Bus:
    """This process's end of the channel to the others; chats that share a Redis do not share a key."""
    url = settings.channels()
    name = f"chatroom_{blake2s(key, digest_size=8).hexdigest()}"
    make = None if url.startswith("memory:") else partial(backend, url)
    return Bus(name, make, hub.on_seq, hub.check_rooms_in_use, jobs, sizes)


def backend(url: str) -> ChannelsBackend:
    """A connection to the channel."""
    if url.startswith("postgres"):
        return PostgresBus(partial(postgres.connect, url))
    from chat.delivery.bus_redis import RedisBus

    return RedisBus(url)


def listeners(settings: Settings, hub: Hub, bus: Bus | None) -> tuple[Committed, Announce | None]:
    """Who gets the events of a commit, after it and within it.

    PostgreSQL's wake-ups leave with the transaction that stores the events, Redis's right after it.
    """
    if bus is None:
        return hub.committed, None
    if settings.channels().startswith("postgres"):

        async def notify(newest: Mapping[str, int]) -> None:
            await postgres.notify(bus.name, bus.encode(newest))

        return hub.committed, notify

    def committed(events: Sequence[Event]) -> None:
        hub.committed(events)
        bus.publish({event.room: event.seq for event in events})

    return committed, None
