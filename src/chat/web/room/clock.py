"""Whose hour the page shows, and choosing another."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import ClientException
from litestar.response import Redirect

from chat.domain import zones
from chat.web.drawing.audiences import ZONE_COOKIE, Audience, audience, city, hour, region_of
from chat.web.http.forms import Form
from chat.web.http.requests import AnyRequest, Posted, audience_of, came_from, cookies_of, is_htmx, kept_cookie
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import Window
from chat.web.room.draft import draft_cookies

AUTO = "auto"
MOST_LIKELY = 8
"""Places that are offered at one tap."""
SEAT_PAGE = re.compile(r"/r/[^/?#\s]+/[A-Za-z0-9_-]{16}/")


class Place(NamedTuple):
    """A zone as the visitor reads it."""

    zone: str
    city: str
    hour: str


@get("/clock")
async def clock(request: AnyRequest, services: NamedDependency[Services]) -> Response[bytes]:
    """Places, each with the hour it is there now, the visitor's likely ones first."""
    return places(request, services, "/clock", came_from(request))


@get("/clock")
async def framed_clock(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[bytes]:
    """The same for a window in a frame, whose address keeps the choice."""
    return places(request, services, "clock", window.path)


def places(request: AnyRequest, services: Services, at: str, back: str) -> Response[bytes]:
    """The sheet or the page; `at`: where its forms go."""
    reads, now = audience_of(request), datetime.now(UTC).replace(second=0, microsecond=0)
    told = services.windows.audiences.hour(request.headers.get("accept-language", ""), cookies_of(request))
    region = region_of(request.headers.get("accept-language", ""))
    likely = dict.fromkeys([told.zone, *zones.distinct(region)[:MOST_LIKELY], zones.UTC_NAME])
    context = {
        "now": place(told.zone, reads, now),
        "chosen": told.chosen,
        "likely": [place(zone, reads, now) for zone in likely if zone != told.zone],
        "hours": by_hour(reads, now),
        "at": at,
        "back": back,
        "theme": theme_of(request),
    }
    template = "room/_clock.html" if is_htmx(request) else "room/clock.html"
    headers = {"HX-Reswap": "innerHTML", "HX-Retarget": "#sheet"} if is_htmx(request) else {}
    body = services.renderers[reads].render(template, **context)
    return Response(body, media_type=MediaType.HTML, headers=headers)


@post("/clock", status_code=200)
async def choose_clock(request: AnyRequest, form: NamedDependency[Form]) -> Response[Any]:
    """Keep the visitor's choice, and draw the page anew."""
    name = zone_of(form)
    cookie = Cookie(ZONE_COOKIE, value="" if name == AUTO else quote(name, safe=""), path="/", **kept_cookie(request))
    if name == AUTO:
        cookie.max_age = 0
    return drawn_anew(request, form, cookie)


@post("/clock", status_code=200)
async def choose_framed_clock(request: AnyRequest, posted: NamedDependency[Posted]) -> Response[Any]:
    """Keep the choice in the address."""
    name, frame = zone_of(posted.form), posted.window.frame
    path = frame.choosing(ZONE_COOKIE, "" if name == AUTO else name).path if frame else posted.window.path
    if is_htmx(request):
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Redirect": path})
    return Redirect(path, status_code=303)


def zone_of(form: Form) -> str:
    """The zone that a form names, or AUTO. Raises ClientException."""
    name = form.get("zone")
    if form.problem or (name != AUTO and not zones.zone(name)):
        raise ClientException("unknown zone")
    return name


def drawn_anew(request: AnyRequest, form: Form, cookie: Cookie) -> Response[Any]:
    """The answer to a choice that changes the whole page; htmx's window keeps what is typed."""
    if is_htmx(request):
        cookies = [cookie, *draft_cookies(request, form)]
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Refresh": "true"}, cookies=cookies)
    back = form.get("back")
    path = back if SEAT_PAGE.fullmatch(back) else came_from(request)
    return Redirect(path, status_code=303, cookies=[cookie])


def place(zone: str, reads: Audience, now: datetime) -> Place:
    """A zone, with the hour it is there now."""
    there = audience(reads.language, zones.same_hours(zone), reads.pattern)
    return Place(zone, city(zone, reads.language), hour(there, now))


def by_hour(reads: Audience, now: datetime) -> list[tuple[str, list[Place]]]:
    """Every place, under the hour it is there now, from west to east."""
    groups: dict[datetime, list[Place]] = {}
    for zone in zones.names():
        local = now.astimezone(zones.same_hours(zone)).replace(tzinfo=UTC)
        groups.setdefault(local, []).append(place(zone, reads, now))
    return [(groups[local][0].hour, _sorted(groups[local])) for local in sorted(groups)]


def _sorted(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: place.city)
