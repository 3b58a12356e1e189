"""Audiences: whoever reads the same bytes, which is a language, a zone's hours, and how the hour is written."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_time, format_timedelta, get_timezone_location

from chat.domain import zones
from chat.web.http.languages import LANGUAGES, LONGEST_READ, choose, wanted

ZONE_COOKIE = "zone"


class Audience:
    """There is one object for each audience, so that audiences are compared by identity."""

    __slots__ = ("fallback", "language", "pattern", "zone")

    def __init__(self, language: str, zone: tzinfo, pattern: str, fallback: "Audience | None" = None) -> None:
        self.language = language
        self.zone = zone
        self.pattern = pattern
        """How the hour is written, in the letters of Unicode's UTS 35: `HH:mm`, `h:mm a`."""
        self.fallback = fallback or self
        """Who reads the site's hour in this language: for a room that draws for too many audiences already."""

    def local(self, at: datetime) -> datetime:
        """The moment at this audience's hour."""
        return at.astimezone(self.zone)

    def date(self, at: datetime) -> date:
        return self.local(at).date()


class Hour(NamedTuple):
    """Whose hour a visitor reads."""

    zone: str
    chosen: bool = False


@lru_cache(maxsize=4096)
def audience(language: str, zone: tzinfo, pattern: str = "", site: tzinfo = UTC) -> Audience:
    """Who reads this language at this zone's hour; `pattern`: the language's own where it is empty."""
    own = LANGUAGES[language].locale.time_formats["short"].pattern
    fallback = audience(language, site, "", site) if zone is not site or pattern not in ("", own) else None
    return Audience(language, zone, pattern or own, fallback)


def hour(reads: Audience, at: datetime) -> str:
    """The hour of a moment, as the audience writes it."""
    return written_hour(reads, reads.local(at).time())


def written_hour(reads: Audience, local: time) -> str:
    """An hour of the audience's own day."""
    return format_time(local, reads.pattern, locale=LANGUAGES[reads.language].locale)


@lru_cache(maxsize=2048)
def day(reads: Audience, on: date) -> str:
    """A day, as the audience's language writes it."""
    return format_date(on, "full", locale=LANGUAGES[reads.language].locale)


@lru_cache(maxsize=2048)
def short_day(reads: Audience, on: date) -> str:
    """A day in few letters."""
    return format_date(on, "medium", locale=LANGUAGES[reads.language].locale)


def moment(reads: Audience, at: datetime) -> str:
    """A moment in few letters: its day and its hour."""
    return f"{short_day(reads, reads.date(at))} {hour(reads, at)}"


def durations(reads: Audience, minutes: Iterable[int]) -> list[tuple[int, str]]:
    """How long a ban may last, in words; what has no end is left to the page."""
    locale = LANGUAGES[reads.language].locale
    return [(number, format_timedelta(timedelta(minutes=number), locale=locale)) for number in minutes if number]


class Audiences:
    """Which audience a visitor belongs to. `site`: the operator's zone; None: each visitor's is guessed."""

    def __init__(self, site: ZoneInfo | None) -> None:
        self._site = site
        self._site_hours = zones.same_hours(site.key if site else zones.UTC_NAME)

    def choose(self, accept_language: str, cookies: Mapping[str, str]) -> Audience:
        """By what the browser asks for, and what its visitor has chosen."""
        language = choose(accept_language, cookies.get("language", ""))
        zone = zones.same_hours(self.hour(accept_language, cookies).zone)
        return audience(language, zone, clock_form(language, accept_language), self._site_hours)

    def hour(self, accept_language: str, cookies: Mapping[str, str]) -> Hour:
        """The visitor's choice; else the site's hour; else that of the region their language tells; else UTC."""
        if chosen := zones.zone(unquote(cookies.get(ZONE_COOKIE, ""))):
            return Hour(chosen.key, chosen=True)
        if self._site:
            return Hour(self._site.key)
        return Hour(zones.main_zone(region_of(accept_language)) or zones.UTC_NAME)


def region_of(accept_language: str) -> str:
    """The region of the language that the visitor likes best, or the likely one of a language without a region
    (Unicode CLDR, likelySubtags); empty when none is told."""
    return _region(accept_language[:LONGEST_READ])


def clock_form(language: str, accept_language: str) -> str:
    """How the hour is written in the visitor's region, where the language is written there; else empty."""
    return _clock_form(language, region_of(accept_language))


@lru_cache(maxsize=4096)
def _region(accept_language: str) -> str:
    best = next((tag for tag, quality in wanted(accept_language) if quality > 0 and tag != "*"), "")
    parts = best.split("-")
    told = next((part for part in parts[1:] if len(part) == 2 and part.isalpha()), "")
    script = next((f"_{part.title()}" for part in parts[1:] if len(part) == 4), "")
    likely: Mapping[str, str] = get_global("likely_subtags")
    whole = likely.get(parts[0] + script) or likely.get(parts[0]) or ""
    return told.upper() or whole.rpartition("_")[2]


@lru_cache(maxsize=4096)
def _clock_form(language: str, region: str) -> str:
    spoken = LANGUAGES[language].locale
    try:
        there = Locale(spoken.language, region or None, spoken.script)
    except (UnknownLocaleError, ValueError):
        return ""
    pattern: str = there.time_formats["short"].pattern
    return pattern


@lru_cache(maxsize=16_384)
def city(zone: str, language: str) -> str:
    """The city that a zone is named after, in a language. CLDR knows some zones by the name they had before."""
    locale = LANGUAGES[language].locale
    known = next((name for name in (zone, *_former_names(zone)) if name in locale.time_zones), None)
    if zone == zones.UTC_NAME or known is None:
        return zone.rpartition("/")[2].replace("_", " ")
    return get_timezone_location(known, locale=locale, return_city=True)


def _former_names(zone: str) -> list[str]:
    aliases: Mapping[str, str] = get_global("zone_aliases")
    return [before for before, now in aliases.items() if now == zone]
