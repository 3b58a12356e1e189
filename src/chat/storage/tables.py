"""The columns. Unique indexes of several columns are in the migrations: Piccolo's own do not work on SQLite."""

from piccolo.columns import BigInt, BigSerial, Boolean, DoublePrecision, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Room(Table):
    """A room exists from its first message; `last_seq` is the number of its newest event.

    `first_seq` is the number of the oldest event that is kept: what is older has been erased, whole from the old end.
    Its events change how it is (topic, locked, slow) in the transaction that numbers them. `last_minute` is the minute
    of its newest message, in minutes since 1970, 0 before the first: the list of rooms is in its order, and in whole
    minutes its index changes seldom.
    """

    id = BigSerial(primary_key=True)
    name = Varchar(40, unique=True)
    last_seq = BigInt(default=0)
    created_at = Timestamptz(default=TimestamptzNow())
    topic = Text(default="")
    locked = Boolean(default=False)
    slow = Integer(default=0)
    last_minute = BigInt(default=0)
    first_seq = BigInt(default=1)


class Person(Table):
    """A seat that has said something or taken a nickname; no nickname means the default one."""

    id = BigSerial(primary_key=True)
    seat = Varchar(22, unique=True)
    nickname = Varchar(10, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Event(Table):
    """One entry of a room's log: (room, seq) is unique; so is `once`, the digest of (seat, key, text).

    `address` and `browser` tell where a message came from, for moderators: the network address, for as long as
    addresses are kept, and a keyed digest of the browser's name. `mentions`: see `domain.mentions.encode`.
    """

    id = BigSerial(primary_key=True)
    room = ForeignKey(Room, null=False)
    seq = BigInt()
    kind = Varchar(10)
    seat = Varchar(22)
    nickname = Varchar(10, null=True, default=None)
    text = Text()
    target = BigInt(null=True, default=None)
    erased = Boolean(default=False)
    at = Timestamptz(default=TimestamptzNow())
    once = Varchar(32, null=True, default=None)
    address = Varchar(45, default="")
    browser = Varchar(32, default="")
    mentions = Text(default="")
    hidden = Boolean(default=False)


class Report(Table):
    """Somebody (`seat`, in a browser of this digest) reported message `seq` of a room, once."""

    id = BigSerial(primary_key=True)
    room = Varchar(40)
    seq = BigInt()
    seat = Varchar(22)
    browser = Varchar(32)
    reason = Varchar(10)
    text = Text(default="")
    at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(null=True, default=None)
    done_by = Varchar(40, default="")


class Word(Table):
    """A line of the list of words that the site does not want, and what becomes of a text with it (`domain.words`)."""

    id = BigSerial(primary_key=True)
    text = Varchar(200, unique=True)
    action = Varchar(10)
    moderator = Varchar(40)
    at = Timestamptz(default=TimestamptzNow())


class Held(Table):
    """A message that waits for a moderator, or was not let through; it is no event. `once` as in `Event`.

    One that was let through has no text any more."""

    id = BigSerial(primary_key=True)
    room = Varchar(40)
    seat = Varchar(22)
    text = Text()
    target = BigInt(null=True, default=None)
    once = Varchar(32, unique=True)
    address = Varchar(45, default="")
    browser = Varchar(32, default="")
    at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(null=True, default=None)


class Moderator(Table):
    """Somebody who keeps the rooms civil. Links, sessions, bans and acts know them by their name."""

    id = BigSerial(primary_key=True)
    name = Varchar(40, unique=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Link(Table):
    """A link that signs a moderator in, once. Only its digest is stored."""

    id = BigSerial(primary_key=True)
    moderator = Varchar(40)
    digest = Varchar(64, unique=True)
    expires_at = Timestamptz()
    used_at = Timestamptz(null=True, default=None)


class Session(Table):
    """A browser in which a moderator is signed in. `browser` is the digest of its name, as in `Event`."""

    id = BigSerial(primary_key=True)
    moderator = Varchar(40)
    digest = Varchar(64, unique=True)
    browser = Varchar(32)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz()


class Ban(Table):
    """Who may not write (mode "mute") or enter (mode "ban"): a person, a browser, a network, each where not empty.

    `room` is empty everywhere; `browser` and `network` are keyed digests. `address` is what moderators read, for as
    long as addresses are kept.
    """

    id = BigSerial(primary_key=True)
    mode = Varchar(4)
    room = Varchar(40, default="")
    seat = Varchar(22, default="")
    browser = Varchar(32, default="")
    network = Varchar(32, default="")
    tag = Varchar(6, default="")
    nickname = Varchar(10, null=True, default=None)
    address = Varchar(45, default="")
    reason = Text(default="")
    moderator = Varchar(40)
    made_at = Timestamptz(default=TimestamptzNow())
    ends_at = Timestamptz(null=True, default=None)
    lifted_at = Timestamptz(null=True, default=None)


class Act(Table):
    """What a moderator did. Rows are only ever added: the database refuses anything else."""

    id = BigSerial(primary_key=True)
    at = Timestamptz(default=TimestamptzNow())
    moderator = Varchar(40)
    verb = Varchar(20)
    room = Varchar(40, default="")
    whom = Text(default="")
    detail = Text(default="")
    reason = Text(default="")


class Version(Table):
    """How often something that every process keeps in memory has changed: the bans."""

    id = BigSerial(primary_key=True)
    name = Varchar(20, unique=True)
    number = BigInt(default=0)


class Presence(Table):
    """Whom a process sees in a room (`domain.presence.Seen`); seats with spaces between."""

    id = BigSerial(primary_key=True)
    process = Varchar(8)
    room = Varchar(40)
    share = DoublePrecision()
    seats = Text()
    at = Timestamptz(default=TimestamptzNow())


class Leaver(Table):
    """A seat that its person has given up, and all that they said with it (`events.Forgotten`).

    It proves nothing any more. `erased` once nothing of theirs is stored.
    """

    id = BigSerial(primary_key=True)
    seat = Varchar(22, unique=True)
    at = Timestamptz(default=TimestamptzNow())
    erased = Boolean(default=False)


class Clearing(Table):
    """What a room held before this number is erased: a moderator has cleared it. The row goes when all of it is."""

    id = BigSerial(primary_key=True)
    room = BigInt()
    first_seq = BigInt()


class Vanished(Table):
    """A room that was empty and is gone: its name's digest, and the number from which it counts on if it comes back.

    Windows that sleep have cursors of it, so that its numbers must not be given again.
    """

    id = BigSerial(primary_key=True)
    digest = Varchar(32, unique=True)
    last_seq = BigInt(default=0)
    at = Timestamptz(default=TimestamptzNow())


TABLES = (
    *(Report, Word, Held, Room, Person, Event, Moderator, Link, Session, Ban, Act),
    *(Version, Presence, Leaver, Clearing, Vanished),
)
