"""Entering a room: a seat of one's own, and its cookie."""

from typing import Any
from urllib.parse import quote

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from chat.domain import rooms, seats
from chat.web import feeds
from chat.web.crawlers import robots
from chat.web.http.requests import AnyRequest, cookies_of, is_proxied, kept_cookie, refuse_banned
from chat.web.http.security import address
from chat.web.http.services import Services
from chat.web.http.windows import BROWSER_COOKIE, SEAT_COOKIE, entry_path, page_path


@get("/")
async def front_door(request: AnyRequest, services: NamedDependency[Services]) -> Redirect:
    """A new seat in the default room."""
    return await take_seat(request, services, rooms.DEFAULT)


@get("/r/{room:str}/")
async def enter(request: AnyRequest, services: NamedDependency[Services], room: FromPath[str]) -> Response[Any]:
    """A new seat in this room."""
    stem, dot, form = room.rpartition(".")
    if dot and form in feeds.FORMS and not has_last_slash(request):
        return await feed(request, services, stem, form)
    name = canonical(room)
    if name != room:
        return Redirect(entry_path(name), status_code=303)
    if not has_last_slash(request):
        return Redirect(entry_path(name), status_code=308)
    return await take_seat(request, services, name)


async def feed(request: AnyRequest, services: Services, room: str, form: str) -> Response[Any]:
    """The room in one of `feeds.FORMS`: `/r/lobby.txt`. The router takes it for a room without its last slash; no
    room's name has a dot."""
    name = canonical(room)
    if name != room:
        return Redirect(f"/r/{quote(name)}.{form}", status_code=303)
    return await feeds.answer(request, services, name, form)


async def take_seat(request: AnyRequest, services: Services, room: str, tries: int = 1) -> Redirect:
    """Send the visitor to a seat of their own, with its cookie. Raises Refused, Banned."""
    seat = seats.new_id()
    known = services.seats.browser(cookies_of(request).get(BROWSER_COOKIE, ""))
    await refuse_banned(request, room, seat, known or seat)
    services.actions.limits.window(address(request), proxied=is_proxied(request))
    path = page_path(room, seat)
    cookies = [Cookie(SEAT_COOKIE, value=services.seats.cookie(room, seat), path=path, **kept_cookie(request))]
    if known is None:
        browser = services.seats.browser_cookie(seats.new_id())
        cookies.append(Cookie(BROWSER_COOKIE, value=browser, path="/", **kept_cookie(request)))
    return Redirect(
        f"{path}?new={services.seats.new_mark(seat, tries)}",
        status_code=303,
        cookies=cookies,
        headers={"X-Robots-Tag": robots(services, room)},
    )


def canonical(room: str) -> str:
    """The room's one spelling. Raises NotFoundException when there can be no such room."""
    name = rooms.canonical(room)
    if name is None:
        raise NotFoundException()
    return name


def has_last_slash(request: AnyRequest) -> bool:
    return request.scope["raw_path"].endswith(b"/")
