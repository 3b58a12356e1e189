"""Every CHATROOM_* variable: its default, its meaning, its check."""

import difflib
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

FOR_TESTS = ("CHATROOM_TEST_POSTGRES_URL", "CHATROOM_TEST_REDIS_URL")
"""Variables of the tests' own, which may stand beside the settings."""
IN_QUERY = re.compile(r"([?&](?:ssl)?password=)[^&]*", re.IGNORECASE)
ORIGIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?", re.ASCII)
PASSWORD = re.compile(r"(://[^:/@]*:).*@")


class BadSetting(Exception):
    """A variable has a value that cannot be used; the text names the variable."""


@dataclass(frozen=True)
class Variable:
    """How one variable is read: `parse` turns its text into the value or raises ValueError with what is wanted."""

    meaning: str
    parse: Callable[[str], Any]


def _setting(default: Any, meaning: str, parse: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"variable": Variable(meaning, parse)})


def _number(low: float, high: float, kind: type[int] | type[float] = int) -> Callable[[str], Any]:
    def parse(text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(low - 1)
        if not low <= value <= high:
            raise ValueError(f"a number from {low} to {high}")
        return value

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(" or ".join(words))
        return text.lower()

    return parse


def _database(text: str) -> str:
    if not text.startswith(("sqlite:///", "postgres://", "postgresql://")):
        raise ValueError("sqlite:///PATH or postgres://USER:PASSWORD@HOST/NAME")
    if text.removeprefix("sqlite:///") in ("", ":memory:"):
        raise ValueError("sqlite:///PATH with the path of a file: what is only in memory would be lost")
    return text


def _channels(text: str) -> str:
    if not text.startswith(("memory://", "postgres://", "postgresql://", "redis://", "rediss://")):
        raise ValueError("memory://, postgres://… or redis://…")
    return text


def _timezone(text: str) -> ZoneInfo:
    if text not in available_timezones():
        raise ValueError("a time zone like Asia/Shanghai or UTC")
    return ZoneInfo(text)


def _network(text: str) -> IPv4Network | IPv6Network:
    """A network; one of IPv4 written as IPv6 (::ffff:10.0.0.0/104) is what visitors' addresses are: plain IPv4."""
    found = ip_network(text)
    if isinstance(found, IPv6Network) and found.prefixlen >= 96 and (v4 := found.network_address.ipv4_mapped):
        return IPv4Network((v4, found.prefixlen - 96))
    return found


def _proxies(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(_network(part.strip())) for part in text.split(",") if part.strip())
    except ValueError:
        raise ValueError("addresses or networks with commas between, like 127.0.0.1,10.0.0.0/8") from None


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(part.rstrip("/") for part in _words(text.lower()))
    if not all(ORIGIN.fullmatch(origin) for origin in origins):
        raise ValueError("sites with commas between, like https://www.example.org,http://localhost:3000")
    return origins


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


@dataclass(frozen=True)
class Settings:
    """What the operator decides. Each field `name` is the variable CHATROOM_NAME."""

    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on", _number(1, 65535))
    data_dir: Path = _setting(Path("data"), "folder of the database, the signing key and the lock", Path)
    database_url: str = _setting(
        "", "sqlite:///PATH (empty: chatroom.sqlite in the data folder) or postgres://…", _database
    )
    database_connections: int = _setting(
        8, "connections to PostgreSQL a process opens at most, besides one that listens", _number(2, 100)
    )
    channels_url: str = _setting(
        "",
        "how processes wake each other: memory:// (one process), postgres://… (that same database) or redis://…; "
        "empty: memory:// with SQLite, the database with PostgreSQL",
        _channels,
    )
    workers: int = _setting(1, "processes that serve together; more than one need PostgreSQL", _number(1, 64))
    secret_key: str = _setting(
        "",
        "signs seats; all processes must share it (empty: made at first start and kept in the data folder; "
        "not with PostgreSQL)",
    )
    trusted_proxies: tuple[str, ...] = _setting((), "proxies whose X-Forwarded-For is believed", _proxies)
    embed_origins: tuple[str, ...] = _setting((), "sites that may show /embed/ROOM in a frame", _origins)
    timezone: ZoneInfo | None = _setting(
        None, "whose hour all read who have chosen none (not set: guessed from the language of each)", _timezone
    )
    hold_seconds: float = _setting(20.0, "how long a poll waits for news, 1 to 25", _number(1, 25, float))
    held_polls: int = _setting(20_000, "polls held at once; over it windows poll more slowly", _number(0, 1_000_000))
    message_length: int = _setting(200, "characters of a message", _number(1, 2000))
    held_per_browser: int = _setting(
        3, "polls held of one browser: over HTTP/1.1 it has about six connections for all its windows", _number(1, 100)
    )
    reserved_names: tuple[str, ...] = _setting(
        ("系统", "管理员", "版主", "官方", "客服", "admin", "moderator", "system", "staff"),
        "nicknames that would pass for the system or staff",
        _words,
    )
    keep_messages_days: int = _setting(
        30, "days for which messages are kept, then erased, a room's oldest first; 0: for ever", _number(0, 36_500)
    )
    keep_addresses_days: int = _setting(
        7, "days for which a message's network address is kept, for moderators; 0: it is never stored", _number(0, 3650)
    )
    index: str = _setting(
        "no", "yes lets search engines index the rooms whose name does not begin with _, or no", _one_of("yes", "no")
    )
    limits: str = _setting(
        "on", "on, or off for load tests and drills: rates and repeats, not lengths", _one_of("on", "off")
    )
    person_burst: int = _setting(5, "messages a person may send at once", _number(1, 1000))
    person_seconds: float = _setting(2.0, "then one message per this many seconds", _number(0.01, 3600, float))
    address_burst: int = _setting(
        60, "messages that the newcomers of a network address may send at once", _number(1, 10_000)
    )
    address_seconds: float = _setting(0.5, "then one message per this many seconds", _number(0.001, 3600, float))
    address_per_second: float = _setting(
        30.0,
        "messages a second of a whole network address, however many windows are open there",
        _number(1, 10_000, float),
    )
    renames: int = _setting(3, "renames a person may do a minute", _number(1, 1000))
    address_renames: int = _setting(60, "renames a network address may do at once", _number(1, 10_000))
    windows_burst: int = _setting(2000, "windows a network address may open at once", _number(1, 1_000_000))
    windows_per_minute: int = _setting(600, "then this many a minute", _number(1, 1_000_000))
    reports_hide: int = _setting(
        5, "distinct browsers whose reports hide a message until a moderator looks; 0: never", _number(0, 1000)
    )
    links_after_seconds: int = _setting(
        0, "a person may send links this many seconds after their first message; 0: at once", _number(0, 86_400)
    )
    repeats: int = _setting(3, "the same text this many times in a row is refused", _number(2, 1000))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the CHATROOM_* variables; an empty one counts as not set. Raises BadSetting."""
        refuse_unknown(environment)
        return cls(**{f.name: read(f.name, environment) for f in fields(cls) if environment.get(variable_name(f.name))})

    def database(self) -> str:
        """The database's address, the default written out."""
        return self.database_url or f"sqlite:///{self.data_dir / 'chatroom.sqlite'}"

    @property
    def database_file(self) -> Path:
        """The SQLite file."""
        return Path(self.database().removeprefix("sqlite:///"))

    @property
    def on_sqlite(self) -> bool:
        return self.database().startswith("sqlite:")

    def channels(self) -> str:
        """The channel's address, the default written out."""
        return self.channels_url or ("memory://" if self.on_sqlite else self.database())

    def check_together(self) -> None:
        """Raises BadSetting for values that are each right, but not with each other."""
        if self.on_sqlite and self.workers > 1:
            raise BadSetting(
                f"{self.workers} workers cannot share an SQLite file: one process must number its messages. "
                "Leave workers at 1, or use PostgreSQL (CHATROOM_DATABASE_URL=postgres://…; `chatroom move` "
                "takes the rooms along)"
            )
        if self.on_sqlite and self.channels() != "memory://":
            raise BadSetting(
                "CHATROOM_CHANNELS_URL is for several processes, and SQLite serves only one: leave it empty, "
                "or use PostgreSQL (CHATROOM_DATABASE_URL=postgres://…)"
            )
        if not self.on_sqlite and not self.secret_key:
            raise BadSetting(
                "CHATROOM_SECRET_KEY must be set with PostgreSQL, and be the same wherever this chat runs: "
                "take a long random one (openssl rand -hex 32), or the one in the data folder of before"
            )


def without_password(text: str) -> str:
    """An address that may be shown."""
    return IN_QUERY.sub(r"\1***", PASSWORD.sub(r"\1***@", text))


def variable_name(name: str) -> str:
    """The environment variable of a setting."""
    return f"CHATROOM_{name.upper()}"


def refuse_unknown(environment: Mapping[str, str]) -> None:
    """Raises BadSetting for a CHATROOM_* variable that is no setting: most likely a known one, misspelt."""
    known = [variable_name(f.name) for f in fields(Settings)]
    for name in sorted(environment):
        if name.startswith("CHATROOM_") and name not in known and name not in FOR_TESTS:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise BadSetting(f"{name} is no setting; the nearest is {near} (`chatroom settings` lists all)")


def read(name: str, environment: Mapping[str, str]) -> Any:
    """The checked value of one setting that is set. Raises BadSetting."""
    variable: Variable = next(f.metadata["variable"] for f in fields(Settings) if f.name == name)
    text = environment[variable_name(name)]
    try:
        return variable.parse(text)
    except ValueError as wanted:
        shown = without_password(text)
        raise BadSetting(f"{variable_name(name)}={shown!r} cannot be used: it must be {wanted}") from None
