"""What handlers may use: the parts that app.py has put together."""

from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection

from chat.actions.context import Context
from chat.actions.retention import Retention
from chat.actions.watch import Watch
from chat.delivery.bus import Bus
from chat.delivery.hub import Hub
from chat.delivery.pauses import Pauses
from chat.delivery.presence import Presence
from chat.delivery.waiters import Waiters
from chat.domain.bans import Bans
from chat.domain.crowds import Crowds
from chat.domain.seats import Seats
from chat.jobs import Jobs
from chat.settings import Settings
from chat.sizes import Sizes
from chat.storage.database import Database
from chat.storage.health import DatabaseHealth
from chat.storage.writer import Writer
from chat.web.drawing.renderer import Renderers
from chat.web.http.asgi import SERVICES
from chat.web.http.proxies import UnnamedProxy
from chat.web.http.windows import Windows
from chat.web.polls.answer import Answers
from chat.web.polls.query import PollQueries


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running chat that handlers use."""

    settings: Settings
    sizes: Sizes
    jobs: Jobs
    database: Database
    database_health: DatabaseHealth
    writer: Writer
    actions: Context
    bans: Bans
    watch: Watch
    retention: Retention
    crowds: Crowds
    unnamed_proxy: UnnamedProxy
    seats: Seats
    windows: Windows
    hub: Hub
    waiters: Waiters
    bus: Bus | None
    """None where no other process stores events."""
    presence: Presence
    pauses: Pauses
    renderers: Renderers
    queries: PollQueries
    answers: Answers


def services_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Services:
    """The services of the chat whose request this is."""
    services: Services = connection.scope[SERVICES]  # type: ignore[literal-required]
    return services
