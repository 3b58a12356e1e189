"""The room within another site: `/embed/{room}` for its frame, and the frame's page. See docs/embedding.md."""

from typing import Any

from litestar import Response, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from chat.domain import seats
from chat.storage import rooms
from chat.web.http import forms
from chat.web.http.frames import Frame, from_host
from chat.web.http.requests import AnyRequest, is_proxied, refuse_banned
from chat.web.http.security import address
from chat.web.http.services import Services, services_of
from chat.web.http.windows import COOKIE_SECONDS, Window, read_cookies
from chat.web.room.entry import canonical, has_last_slash
from chat.web.room.page import own_page

FRAME_COOKIE = "frame"
"""The seat of a frame, for when the page around it is loaded anew. Only its entrance reads it."""


async def where_allowed(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard of all of /embed: it is not there until the operator names a site."""
    if not services_of(connection).settings.embed_origins:
        raise NotFoundException()


@get("/")
async def embed(request: AnyRequest, services: NamedDependency[Services], room: FromPath[str]) -> Redirect:
    """A seat for this frame: the one it had, where its browser has kept a cookie, or a new one. Raises Refused."""
    name = canonical(room)
    choices = from_host(forms.query(request))
    seat = await kept_seat(request, services, name)
    await refuse_banned(request, name, seat or "", seat or "")
    if seat is None:
        seat = seats.new_id()
        services.actions.limits.window(address(request), proxied=is_proxied(request))
    frame = Frame(name, seat, services.seats.secret(name, seat), choices)
    return Redirect(frame.path, status_code=303, headers={"Set-Cookie": frame_cookie(frame)})


async def kept_seat(request: AnyRequest, services: Services, room: str) -> str | None:
    """The seat that the frame had, unless its person has given it up. Raises Unavailable."""
    seat, _, secret = (
        read_cookies(request.headers.get("cookie", "").encode("latin-1")).get(FRAME_COOKIE, "").partition(".")
    )
    if not services.seats.opens(room, seat, secret):
        return None
    return None if (await rooms.entered(room, seat)).has_left else seat


def frame_cookie(frame: Frame) -> str:
    """Kept apart for each site around (Partitioned, which Litestar's cookies do not know), or not at all."""
    where = f"Path={frame._replace(choices={}).entrance}; Max-Age={COOKIE_SECONDS}"
    return f"{FRAME_COOKIE}={frame.seat}.{frame.secret}; {where}; HttpOnly; Secure; SameSite=None; Partitioned"


@get("/")
async def framed_page(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[Any]:
    """The room, for who holds the secret in its address. What a cookie would keep, the address does."""
    choice = forms.query(request).get("script")
    if window.frame and choice in ("off", "on"):
        return Redirect(window.frame.choosing("script", choice).path, status_code=303)
    if not has_last_slash(request):
        return Redirect(window.path, status_code=308)
    return await own_page(request, services, window)
