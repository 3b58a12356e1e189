"""What every action needs."""

from dataclasses import dataclass

from chat.domain.limits import Limits
from chat.storage.writer import Writer


@dataclass(frozen=True, slots=True)
class Context:
    """Where events are stored, and the rules that the operator has set."""

    writer: Writer
    limits: Limits
    message_length: int
    reserved_names: tuple[str, ...]
