"""The columns. Unique indexes of several columns are in the migrations: Piccolo's own do not work on SQLite."""

from piccolo.columns import BigInt, BigSerial, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class Room(Table):
    """A room exists from its first message; `last_seq` is the number of its newest event.

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


class Person(Table):
    """A seat that has said something or taken a nickname; no nickname means the default one."""

    id = BigSerial(primary_key=True)
    seat = Varchar(22, unique=True)
    nickname = Varchar(10, null=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Event(Table):
    """One entry of a room's log: (room, seq) is unique; so is `once`, the digest of (seat, key, text)."""

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


TABLES = (Room, Person, Event)
