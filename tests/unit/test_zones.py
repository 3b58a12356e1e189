"""Time zones: who has which hour, and what a language tells of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import zones
from chat.web.drawing.audiences import Audiences, clock_form, hour, region_of

MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


@given(name=st.sampled_from(sorted(zones.names())), at=MOMENTS)
def test_zones_that_are_drawn_as_one_have_the_same_hour_at_every_moment(name: str, at: datetime):
    assert at.astimezone(zones.same_hours(name)).utcoffset() == at.astimezone(ZoneInfo(name)).utcoffset()


def test_the_world_has_few_kinds_of_hours():
    assert len({zones.hours_of(name) for name in zones.names()}) < 100


@pytest.mark.parametrize(
    "name, changes",
    [
        ("Europe/Berlin", ["2026-03-29T01:00", "2026-10-25T01:00"]),
        ("Australia/Lord_Howe", ["2026-04-04T15:00", "2026-10-03T15:30"]),
        ("Africa/Casablanca", ["2026-02-15T02:00", "2026-03-22T02:00"]),
        ("Asia/Kathmandu", []),
        ("Pacific/Apia", []),
    ],
)
def test_the_moments_of_change_are_found_to_the_minute(name: str, changes: list[str]):
    found = [f"{at:%Y-%m-%dT%H:%M}" for at, _ in zones.hours_of(name) if at.year == 2026]
    assert found == changes


@pytest.mark.parametrize(
    "region, zone",
    [
        ("DE", "Europe/Berlin"),
        ("CN", "Asia/Shanghai"),
        ("JP", "Asia/Tokyo"),
        ("IN", "Asia/Kolkata"),
        ("NP", "Asia/Kathmandu"),
        ("US", None),
        ("BR", None),
        ("RU", None),
        ("XX", None),
        ("", None),
    ],
)
def test_a_region_with_one_main_zone_tells_the_hour(region: str, zone: str | None):
    assert zones.main_zone(region) == zone


@pytest.mark.parametrize(
    "accepted, region",
    [
        ("de-DE,de;q=0.9,en;q=0.8", "DE"),
        ("de", "DE"),
        ("ja,en-US;q=0.8", "JP"),
        ("zh-Hant-TW,zh;q=0.9", "TW"),
        ("zh-Hant", "TW"),
        ("zh", "CN"),
        ("en;q=0.1,ne", "NP"),
        ("en", "US"),
        ("*", ""),
        ("", ""),
        ("xx-Xxxx-YYYY", ""),
        ("de-" + "x" * 10_000, "DE"),
    ],
)
def test_a_language_tells_its_region_or_the_likely_one(accepted: str, region: str):
    assert region_of(accepted) == region


@pytest.mark.parametrize(
    "accepted, written", [("en-US", "10:49\u202fPM"), ("en-GB", "22:49"), ("en", "10:49\u202fPM"), ("zh-CN", "22:49")]
)
def test_the_hour_is_written_as_in_the_visitors_region(accepted: str, written: str):
    audience = Audiences(ZoneInfo("UTC")).choose(accepted, {})
    assert hour(audience, datetime(2026, 11, 26, 22, 49, tzinfo=UTC)) == written


def test_a_language_that_is_not_written_in_the_region_keeps_its_own_hour():
    assert clock_form("zh", "zh-XX") == ""


@pytest.mark.parametrize("name", ["Asia/Calcutta", "US/Pacific", "", "utc", "Europe/berlin", "../etc/passwd", "x" * 99])
def test_old_unknown_and_hostile_names_cannot_be_chosen(name: str):
    assert zones.zone(name) is None


def test_every_zone_that_can_be_chosen_is_there():
    assert zones.names() <= available_timezones()
    assert len(zones.names()) > 400


def test_an_hour_in_the_cookie_counts_for_more_than_the_sites_and_that_for_more_than_the_language():
    guessed, site = Audiences(None), Audiences(ZoneInfo("Asia/Tokyo"))
    assert guessed.hour("de", {}) == ("Europe/Berlin", False)
    assert site.hour("de", {}) == ("Asia/Tokyo", False)
    for audiences in (guessed, site):
        assert audiences.hour("de", {"zone": "America/New_York"}) == ("America/New_York", True)
        assert audiences.hour("de", {"zone": "Asia/Calcutta"}) == audiences.hour("de", {})
    assert guessed.hour("en-US", {}) == ("UTC", False)


def test_the_hour_that_was_stays_across_the_change_to_summer_time():
    berlin = Audiences(None).choose("de-DE", {})
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert [hour(berlin, before), hour(berlin, before + timedelta(minutes=1))] == ["01:59", "03:00"]
