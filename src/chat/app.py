"""The composition root: builds every part of a chat, and starts and stops them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from chat.actions import bans as known_bans
from chat.actions import words as known_words
from chat.actions.context import Context
from chat.actions.retention import Kept, Retention
from chat.actions.watch import Watch
from chat.clock import Clock
from chat.delivery.connect import connect_bus, listeners
from chat.delivery.hub import Hub, Log
from chat.delivery.pauses import Pauses
from chat.delivery.presence import Presence
from chat.delivery.waiters import Waiters
from chat.domain.bans import Bans
from chat.domain.crowds import Crowds
from chat.domain.digests import Digests
from chat.domain.limits import Limits
from chat.domain.seats import Seats
from chat.domain.words import Words
from chat.jobs import Jobs
from chat.settings import Settings
from chat.sizes import Sizes
from chat.storage import log as stored_log
from chat.storage import versions
from chat.storage.append import append
from chat.storage.database import Database
from chat.storage.health import DatabaseHealth
from chat.storage.presence import SharedPresence
from chat.storage.writer import Append, Writer
from chat.web import routes
from chat.web.drawing.audiences import Audiences
from chat.web.drawing.events import Drawing
from chat.web.drawing.renderer import Renderers, warm_up
from chat.web.http.proxies import UnnamedProxy
from chat.web.http.services import Services
from chat.web.http.windows import Windows
from chat.web.polls.answer import Answers
from chat.web.polls.direct import DirectPolls
from chat.web.polls.polls import Polls
from chat.web.polls.query import PollQueries


class Chat:
    """One chat as an ASGI application; several may live in one process."""

    def __init__(
        self,
        settings: Settings,
        key: bytes,
        *,
        clock: Clock | None = None,
        sizes: Sizes | None = None,
        log: Log = stored_log,
        append: Append = append,
        database: Database | None = None,
    ) -> None:
        clock, sizes = clock or Clock(), sizes or Sizes()
        jobs, seats, drawing = Jobs(clock), Seats(key, clock.time), Drawing()
        database = database or Database(settings.database(), settings.database_connections, sizes.busy_seconds)
        hub = Hub(log, drawing, jobs, sizes, shared=database.shared)
        bus = connect_bus(settings, key, hub, jobs, sizes) if database.shared else None
        writer = Writer(database, *listeners(settings, hub, bus), append=append)
        waiters, crowds = make_waiters(settings, clock, sizes), Crowds(clock.monotonic, sizes.windows)
        limits = Limits(settings, clock.monotonic, sizes.people, crowds)
        digests = Digests(key)
        bans = Bans(digests, clock.utc, lambda: waiters.reconsider(bans.concerns))
        actions = make_context(settings, clock, database, writer, limits, bans, digests)
        self.settings = settings
        kept = Kept(settings.keep_messages_days, settings.keep_addresses_days)
        retention = Retention(database, writer.between, clock.utc, kept, lambda: hub.rooms)
        presence = Presence(waiters, clock, sizes, SharedPresence(database) if database.shared else None)
        self.services = Services(
            settings=settings,
            sizes=sizes,
            jobs=jobs,
            database=database,
            database_health=DatabaseHealth(database, writer, sizes.health_seconds),
            writer=writer,
            actions=actions,
            bans=bans,
            watch=make_watch(actions, hub, retention),
            retention=retention,
            crowds=crowds,
            unnamed_proxy=UnnamedProxy(),
            seats=seats,
            windows=Windows(seats, Audiences(settings.timezone)),
            hub=hub,
            waiters=waiters,
            bus=bus,
            presence=presence,
            pauses=Pauses(clock, sizes),
            renderers=Renderers(drawing, sizes.unread_cap),
            queries=PollQueries(sizes),
            answers=Answers(sizes, presence.text),
        )
        self.litestar = routes.application(settings.message_length)
        polls = Polls(self.services)
        self.direct_polls = DirectPolls(polls, sizes.heads)
        self.asgi = routes.stack(self.litestar, self.services, self.running, polls, self.direct_polls)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """A start that fails lets go of the database too: its threads would outlive the process."""
        services = self.services
        async with AsyncExitStack() as ending:
            ending.push_async_callback(services.database.close)
            await services.database.open()
            await services.database.migrate()
            warm_up()
            ending.push_async_callback(services.jobs.stop)
            services.jobs.keep("writer", services.writer.run)
            await services.watch.look()
            services.jobs.repeat("look for changes", services.sizes.changes_seconds, services.watch.look)
            if not services.database.shared:
                services.jobs.repeat("checkpoint", services.sizes.checkpoint_seconds, services.database.checkpoint)
            services.jobs.repeat("erase what is old", services.sizes.erase_seconds, services.retention.erase_old)
            services.jobs.keep("erase who was forgotten", services.retention.erase_leavers)
            services.jobs.repeat("forget who left", services.sizes.idle_seconds / 2, services.presence.forget)
            if services.database.shared:
                services.jobs.repeat("presence", services.sizes.exchange_seconds, services.presence.exchange)
            services.jobs.repeat("forget idle rooms", services.sizes.idle_seconds / 2, services.hub.forget_idle)
            if services.bus:
                services.bus.start()
            ending.push_async_callback(services.writer.drain)
            yield


def make_watch(actions: Context, hub: Hub, retention: Retention) -> Watch:
    """What every process keeps in memory, and how it is read again."""
    return Watch(
        {
            versions.BANS: partial(known_bans.refresh, actions),
            versions.WORDS: partial(known_words.refresh, actions),
            versions.ERASED: partial(let_go, hub, retention),
        }
    )


async def let_go(hub: Hub, retention: Retention) -> None:
    """Something was erased, by this process or by another."""
    retention.somebody_left()
    await hub.look_at_erased()


def make_context(
    settings: Settings, clock: Clock, database: Database, writer: Writer, limits: Limits, bans: Bans, digests: Digests
) -> Context:
    """What actions need."""
    return Context(
        database=database,
        writer=writer,
        limits=limits,
        bans=bans,
        words=Words(),
        digests=digests,
        message_length=settings.message_length,
        reserved_names=settings.reserved_names,
        keeps_addresses=settings.keep_addresses_days > 0,
        reports_hide=settings.reports_hide,
        links_after=timedelta(seconds=settings.links_after_seconds),
        now=clock.utc,
    )


def make_waiters(settings: Settings, clock: Clock, sizes: Sizes) -> Waiters:
    """The workers of a machine share out what a browser may hold."""
    per_browser = max(1, settings.held_per_browser // settings.workers)
    return Waiters(settings.hold_seconds, settings.held_polls, clock.monotonic, per_browser=per_browser, sizes=sizes)
