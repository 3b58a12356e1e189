"""The kinds of event that a room's log holds: a class each, and their registry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar

from chat.domain.mentions import Mention
from chat.domain.rooms import State

MAX_SEQ = 2**53
"""No number of an event is larger."""
QUOTED = 60
"""Characters of a message that a reply quotes."""
NOT_STORED = datetime.min.replace(tzinfo=UTC)
"""The time of an event that is not stored yet."""

KINDS: dict[str, type[Event]] = {}
"""The registry: an event's kind, as it is stored, to its class. A kind is drawn by the template `events/KIND.html`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One entry of a room's log. `seat` is whose doing it is; `seq` is its number in the room, 0 until it is stored."""

    kind: ClassVar[str] = ""
    opens: ClassVar[bool] = True
    """Whether it may be the first event of a room, which exists from then on."""

    room: str
    seat: str
    seq: int = 0
    at: datetime = NOT_STORED

    def __init_subclass__(cls) -> None:
        if cls.kind:
            KINDS[cls.kind] = cls

    def turns(self, state: State) -> State:
        """How the room is once this has happened."""
        return state

    @property
    def calls(self) -> frozenset[str]:
        """The public names of those whom it mentions."""
        return frozenset()

    @property
    def changes(self) -> bool:
        """Whether it changes earlier events, in open windows, tails and later pages."""
        return False

    def changed(self, other: Event) -> Event:
        """What becomes of an earlier event because of it; the same object when nothing does."""
        return other


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a reply quotes of message number `seq`; nothing but the number once that is removed."""

    seq: int
    seat: str = ""
    nickname: str | None = None
    text: str = ""
    erased: bool = False

    @classmethod
    def of(cls, message: Message) -> Quote:
        text = message.text if len(message.text) <= QUOTED else message.text[:QUOTED].rstrip() + "…"
        return cls(seq=message.seq, seat=message.seat, nickname=message.nickname, text=text, erased=message.erased)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Event):
    """A person said `text`, under `nickname` (None: the default one). Once removed it is empty and `erased`; once its
    person is forgotten it has no seat either."""

    kind: ClassVar[str] = "message"

    text: str
    nickname: str | None = None
    erased: bool = False
    quote: Quote | None = None
    """Of a reply: what it quotes. Before it is stored, only the number counts."""
    mentions: tuple[Mention, ...] = ()
    hidden: bool = False
    """Whether several people reported it, and no moderator has looked yet."""

    @property
    def calls(self) -> frozenset[str]:
        return frozenset(name for mention in self.mentions for name in mention.names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename(Event):
    """A person goes by another nickname; None stands for the default one. No seat: the person is forgotten."""

    kind: ClassVar[str] = "rename"
    opens: ClassVar[bool] = False

    new: str | None
    old: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal(Event):
    """Message number `target` was removed."""

    kind: ClassVar[str] = "removal"
    opens: ClassVar[bool] = False

    target: int

    @property
    def changes(self) -> bool:
        return True

    def changed(self, other: Event) -> Event:
        if not isinstance(other, Message):
            return other
        if other.seq == self.target:
            return replace(other, text="", erased=True, quote=None, mentions=())
        if other.quote and other.quote.seq == self.target:
            return replace(other, quote=Quote(seq=self.target, erased=True))
        return other


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten(Event):
    """A person has gone, and all that they said here with them. `seat` is theirs, which holds nothing any more."""

    kind: ClassVar[str] = "forgotten"
    opens: ClassVar[bool] = False

    @property
    def changes(self) -> bool:
        return True

    def changed(self, other: Event) -> Event:
        if isinstance(other, Message | Rename) and other.seat == self.seat:
            return without_person(other)
        if isinstance(other, Message) and other.quote and other.quote.seat == self.seat:
            return replace(other, quote=Quote(seq=other.quote.seq, erased=True))
        return other


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared(Event):
    """A moderator emptied the room: what was before is erased, and this is its oldest event."""

    kind: ClassVar[str] = "cleared"
    opens: ClassVar[bool] = False

    @property
    def changes(self) -> bool:
        return True

    def changed(self, other: Event) -> Event:
        if isinstance(other, Message | Rename) and other.seq < self.seq:
            return without_person(other)
        return other


def without_person(event: Message | Rename) -> Message | Rename:
    """What stays of an event whose person is forgotten: its place in the log."""
    if isinstance(event, Rename):
        return replace(event, seat="", old=None, new=None)
    return replace(event, seat="", nickname=None, text="", erased=True, quote=None, mentions=())


def without_erased(event: Event, first: int) -> Event:
    """The event, its quote emptied when the quoted message is older than the first number that is kept."""
    if isinstance(event, Message) and event.quote and event.quote.seq < first and not event.quote.erased:
        return replace(event, quote=Quote(seq=event.quote.seq, erased=True))
    return event


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiding(Event):
    """Message number `target` stands behind "reported" from now on, or does not any more."""

    kind: ClassVar[str] = "hiding"
    opens: ClassVar[bool] = False

    target: int
    hidden: bool

    @property
    def changes(self) -> bool:
        return True

    def changed(self, other: Event) -> Event:
        if isinstance(other, Message) and other.seq == self.target and not other.erased:
            return replace(other, hidden=self.hidden)
        return other


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Event):
    """A line that the site says."""

    kind: ClassVar[str] = "notice"

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic(Event):
    """The room is about something else; an empty text takes the topic away."""

    kind: ClassVar[str] = "topic"

    text: str

    def turns(self, state: State) -> State:
        return state._replace(topic=self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock(Event):
    """From now on nobody may write, or everybody may again."""

    kind: ClassVar[str] = "lock"

    locked: bool

    def turns(self, state: State) -> State:
        return state._replace(locked=self.locked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow(Event):
    """From now on each person may say one message in so many seconds; 0: as many as they like."""

    kind: ClassVar[str] = "slow"

    seconds: int

    def turns(self, state: State) -> State:
        return state._replace(slow=self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a kind that this version does not know, as a newer process stores it during an upgrade."""

    stored_kind: str
