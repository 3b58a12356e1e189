"""Time zones: which there are, where they are, and which of them a visitor's language tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

UTC_NAME = "UTC"
LONGEST_NAME = 40
"""Characters; no zone's name is longer."""
KNOWN_FROM, KNOWN_UNTIL = datetime(2025, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
"""Zones that change their offset at the same moments in this time have one hour: no message is older."""

# Unicode CLDR, primaryZones (metaZones.xml): the main zone of regions that have several.
_PRIMARY = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "MH": "Pacific/Majuro",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


@lru_cache
def by_region() -> dict[str, list[str]]:
    """The zones of each region (ISO 3166), as the IANA database lists them today (zone.tab)."""
    table = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    regions: dict[str, list[str]] = {}
    for line in table.splitlines():
        if line and not line.startswith("#"):
            region, _, name, *_ = line.split("\t")
            regions.setdefault(region, []).append(name)
    return regions


@lru_cache
def names() -> frozenset[str]:
    """Every zone that can be chosen: those of zone.tab, and UTC. Old names, which IANA keeps as links, are not."""
    return frozenset(name for those in by_region().values() for name in those) | {UTC_NAME}


def zone(name: str) -> ZoneInfo | None:
    """The zone of this name; None for a name that cannot be chosen."""
    return ZoneInfo(name) if len(name) <= LONGEST_NAME and name in names() else None


def main_zone(region: str) -> str | None:
    """The zone of a region that has one main zone; None for others, as the USA, Brazil and Russia."""
    if region in _PRIMARY:
        return _PRIMARY[region]
    those = by_region().get(region, [])
    return those[0] if those and all(hours_of(name) == hours_of(those[0]) for name in those) else None


def distinct(region: str) -> list[str]:
    """A zone for each hour that a region has."""
    return list({hours_of(name): name for name in reversed(by_region().get(region, []))}.values())[::-1]


@lru_cache(maxsize=1024)
def hours_of(name: str) -> tuple[tuple[datetime, timedelta], ...]:
    """How far a zone is from UTC, from each moment on at which that changes."""
    here = ZoneInfo(name)
    changes, at = [(KNOWN_FROM, _offset(here, KNOWN_FROM))], KNOWN_FROM
    while at < KNOWN_UNTIL:
        later = at + timedelta(days=7)
        if _offset(here, later) != changes[-1][1]:
            changes.append(_change_between(here, at, later))
        at = later
    return tuple(changes)


@lru_cache(maxsize=1024)
def same_hours(name: str) -> ZoneInfo:
    """One zone for all that always have the same hour; there are about 64."""
    return _known.setdefault(hours_of(name), ZoneInfo(name))


_known: dict[object, ZoneInfo] = {}


def _offset(here: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(here).utcoffset() or timedelta()


def _change_between(here: ZoneInfo, before: datetime, after: datetime) -> tuple[datetime, timedelta]:
    """The moment, to the minute, at which the offset becomes what it is in the end."""
    then = _offset(here, after)
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        before, after = (before, middle) if _offset(here, middle) == then else (middle, after)
    return after.replace(second=0, microsecond=0), then
