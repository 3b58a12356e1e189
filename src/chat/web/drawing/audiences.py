"""Audiences: whoever reads the same bytes."""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import lru_cache

from babel.dates import format_date, format_time

from chat.web.http.languages import LANGUAGES, choose


class Audience:
    """A language and an hour. There is one object for each, so that audiences are compared by identity."""

    __slots__ = ("_zone", "language")

    def __init__(self, language: str, zone: tzinfo) -> None:
        self.language = language
        self._zone = zone

    def local(self, at: datetime) -> datetime:
        """The moment at this audience's hour."""
        return at.astimezone(self._zone)

    def date(self, at: datetime) -> date:
        return self.local(at).date()


@lru_cache(maxsize=4096)
def audience(language: str, zone: tzinfo) -> Audience:
    """Who reads this language at this zone's hour."""
    return Audience(language, zone)


@lru_cache(maxsize=4096)
def hour(reads: Audience, minute: datetime) -> str:
    """The hour of a moment, as the audience's language writes it."""
    return format_time(reads.local(minute), "short", locale=LANGUAGES[reads.language].locale)


@lru_cache(maxsize=1024)
def day(reads: Audience, on: date) -> str:
    """A day, as the audience's language writes it."""
    return format_date(on, "full", locale=LANGUAGES[reads.language].locale)


class Audiences:
    """Which audience a visitor belongs to."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def choose(self, accept_language: str, cookies: Mapping[str, str]) -> Audience:
        """By what the browser asks for, and what its visitor has chosen."""
        return audience(choose(accept_language, cookies.get("language", "")), self._zone)
