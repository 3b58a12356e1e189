"""Events as rows of the table `event`, and back."""

from collections.abc import Mapping
from typing import Any

from chat.domain import mentions
from chat.domain.events import (
    KINDS,
    Cleared,
    Event,
    Forgotten,
    Hiding,
    Lock,
    Message,
    Notice,
    Quote,
    Removal,
    Rename,
    Slow,
    Topic,
    Unknown,
    without_person,
)
from chat.domain.visitors import Origin

COLUMNS = (
    "room",
    "seq",
    "kind",
    "seat",
    "nickname",
    "text",
    "target",
    "erased",
    "at",
    "once",
    "mentions",
    "address",
    "browser",
)
LOCKED = "locked"
HIDDEN = "hidden"


def to_row(room_id: int, event: Event, once: str | None, origin: Origin) -> tuple[Any, ...]:
    """The values of COLUMNS; `once` is the digest under which the event is stored at most once."""
    nickname: str | None = None
    text, target, erased, called = "", None, False, ""
    match event:
        case Message():
            nickname, text, erased = event.nickname, event.text, event.erased
            target, called = event.quote.seq if event.quote else None, mentions.encode(event.mentions)
        case Rename():
            nickname, text = event.old, event.new or ""
        case Removal():
            target = event.target
        case Notice() | Topic():
            text = event.text
        case Lock():
            text = LOCKED if event.locked else ""
        case Slow():
            text = str(event.seconds)
        case Hiding():
            target, text = event.target, HIDDEN if event.hidden else ""
    return room_id, event.seq, event.kind, event.seat, nickname, text, target, erased, event.at, once, called, *origin


def from_row(row: Mapping[str, Any]) -> Event:
    """The event of a row that names its room, and tells whether its person has left (`storage.log.SELECT`)."""
    event = _from_row(row)
    return without_person(event) if row["has_left"] and isinstance(event, Message | Rename) else event


def _from_row(row: Mapping[str, Any]) -> Event:
    common = {name: row[name] for name in ("room", "seq", "seat", "at")}
    kind = KINDS.get(row["kind"])
    if kind is Message:
        quote = quote_from_row(row) if row["target"] and not row["erased"] else None
        called = mentions.decode(row["mentions"])
        named = {name: row[name] for name in ("nickname", "text", "erased", "hidden")}
        return Message(**common, **named, quote=quote, mentions=called)
    if kind is Rename:
        return Rename(**common, old=row["nickname"], new=row["text"] or None)
    if kind is Removal:
        return Removal(**common, target=row["target"])
    if kind is Forgotten:
        return Forgotten(**common)
    if kind is Cleared:
        return Cleared(**common)
    if kind is Hiding:
        return Hiding(**common, target=row["target"], hidden=row["text"] == HIDDEN)
    if kind is Notice:
        return Notice(**common, text=row["text"])
    return _from_state_row(kind, common, row["text"]) or Unknown(**common, stored_kind=row["kind"])


def _from_state_row(kind: type[Event] | None, common: dict[str, Any], text: str) -> Event | None:
    """What changes how a room is."""
    if kind is Topic:
        return Topic(**common, text=text)
    if kind is Lock:
        return Lock(**common, locked=text == LOCKED)
    if kind is Slow:
        return Slow(**common, seconds=int(text))
    return None


def quote_from_row(row: Mapping[str, Any]) -> Quote:
    """What a reply quotes; of a message that is not there any more, the number alone."""
    if row["quoted_seat"] is None or row["quoted_erased"] or row["quoted_has_left"]:
        return Quote(seq=row["target"], erased=True)
    quoted = Message(
        room=row["room"],
        seat=row["quoted_seat"],
        seq=row["target"],
        text=row["quoted_text"],
        nickname=row["quoted_nickname"],
    )
    return Quote.of(quoted)
