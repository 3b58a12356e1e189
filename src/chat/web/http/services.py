"""What every handler may reach: the parts that app.py has put together."""

from dataclasses import dataclass

from chat.actions.events import RoomLog
from chat.delivery.bus import Wakes
from chat.delivery.hub import Delivery
from chat.delivery.waiters import Waiting
from chat.domain.seats import Seats
from chat.settings import Settings
from chat.storage.database import Database
from chat.web.drawing.fragments import Fragments


@dataclass(frozen=True)
class House:
    """The parts of a running chat that handlers use."""

    settings: Settings
    database: Database
    log: RoomLog
    seats: Seats
    delivery: Delivery
    waiting: Waiting
    wakes: Wakes | None
    """None where no other process stores events."""
    fragments: Fragments
