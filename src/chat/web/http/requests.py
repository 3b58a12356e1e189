"""What a request says of its visitor: language, cookies, window, where it came from."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from litestar import Request
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import PermissionDeniedException

from chat.domain import nicknames
from chat.domain.bans import BAN, Ban
from chat.domain.refusals import Refused
from chat.domain.visitors import Visitor
from chat.web.drawing.audiences import Audience
from chat.web.drawing.renderer import Renderer
from chat.web.http import frames
from chat.web.http.forms import Form, query, read_form
from chat.web.http.moderators import moderator_of
from chat.web.http.security import ORIGIN, address, host_of, network_of
from chat.web.http.services import Services, services_of
from chat.web.http.windows import COOKIE_SECONDS, KEY_COOKIE, NICKNAME_COOKIE, SCRIPT_COOKIE, Window, read_cookies

AnyRequest = Request[Any, Any, Any]

SHEET = {"HX-Retarget": "#sheet", "HX-Reswap": "innerHTML"}
"""Headers of what opens over the page."""


def cookies_of(request: AnyRequest) -> Mapping[str, str]:
    """Its cookies; in a frame on another site, whatever came along, what its address says in their place."""
    if frames.is_framed(request.scope["raw_path"]):
        return frames.choices_of(request.scope["raw_path"])
    return read_cookies(request.headers.get("cookie", "").encode("latin-1"))


def audience_of(request: AnyRequest) -> Audience:
    """Which audience the request's visitor belongs to."""
    return services_of(request).windows.audiences.choose(
        request.headers.get("accept-language", ""), cookies_of(request)
    )


def renderer_of(request: AnyRequest) -> Renderer:
    """What renders for the request's visitor."""
    return services_of(request).renderers[audience_of(request)]


def last_nickname(request: AnyRequest) -> str:
    """The nickname last used in this browser; empty when there is none, or none that may be had."""
    reserved = services_of(request).settings.reserved_names
    try:
        return nicknames.clean(unquote(cookies_of(request).get(NICKNAME_COOKIE, "")), reserved=reserved) or ""
    except Refused:
        return ""


def site_of(request: AnyRequest) -> str:
    """The site as the visitor addresses it, for those who read an address elsewhere: feeds, messengers."""
    site = f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    return site if ORIGIN.fullmatch(site) else "http://localhost"


def is_htmx(request: AnyRequest) -> bool:
    """Whether the answer is swapped into a page."""
    return request.headers.get("hx-request") == "true"


def is_plain(request: AnyRequest) -> bool:
    """Whether the window is drawn as for who has no script: where none came, its visitor may choose that."""
    return (query(request).get("script") or cookies_of(request).get(SCRIPT_COOKIE)) == "off"


def find_window(request: AnyRequest) -> Window | None:
    """The window whose seat the address names and whose cookie came along."""
    headers = request.headers
    return services_of(request).windows.find(
        request.scope["raw_path"],
        headers.get("cookie", "").encode("latin-1"),
        headers.get("accept-language", "").encode("latin-1"),
    )


class Banned(Exception):
    """Somebody asks for a room where they may not be."""

    def __init__(self, ban: Ban) -> None:
        super().__init__()
        self.ban = ban


async def own_window(request: AnyRequest, services: NamedDependency[Services]) -> Window:
    """The request's window. Raises PermissionDeniedException without the seat's cookie, and Banned.

    It needs the services only so that Litestar does not provide both at once, in a task each.
    """
    window = _proven(find_window(request), "")
    await refuse_banned(request, window.room, window.seat, window.browser)
    return window


async def refuse_banned(request: AnyRequest, room: str, seat: str, browser: str) -> None:
    """Raises Banned for who may not be in the room. No ban holds for moderators."""
    bans = services_of(request).bans
    ban = bans.against(room, seat, browser, network_of(request.scope)) if bans.active else None
    if ban is None or ban.mode != BAN:
        return
    if await moderator_of(request):
        return bans.excuse(seat)
    raise Banned(ban)


class Posted(NamedTuple):
    """A form, the window that posts it, and what handlers use."""

    services: Services
    window: Window
    form: Form


async def read_posted(request: AnyRequest) -> Posted:
    """Raises PermissionDeniedException, with what was typed, without the seat's cookie."""
    form = await read_form(request)
    return Posted(services_of(request), _proven(find_window(request), form.typed), form)


def _proven(window: Window | None, typed: str) -> Window:
    if window is None:
        raise PermissionDeniedException(extra={"typed": typed})
    return window


async def visitor_of(request: AnyRequest, window: Window) -> Visitor:
    """Who acts in this window. Raises Unavailable."""
    signed_in = await moderator_of(request)
    name = signed_in.moderator if signed_in else ""
    return window.visitor(address(request), proxied=is_proxied(request), moderator=name)


def is_proxied(request: AnyRequest) -> bool:
    """Whether it comes from a proxy that the operator has not named."""
    return services_of(request).unnamed_proxy.is_at(address(request), request.scope["headers"])


def back(request: AnyRequest) -> str:
    """Where a fault leads back to: the room of the address, else the front page."""
    if frame := frames.read(request.scope["raw_path"]):
        return frame.entrance
    parts = request.scope["raw_path"].decode("latin-1").split("/")
    return f"/{parts[1]}/{parts[2]}/" if len(parts) > 2 and parts[1] in ("r", "embed") and parts[2] else "/"


def came_from(request: AnyRequest) -> str:
    """The page of ours that the visitor came from, else the front page."""
    referer = request.headers.get("referer", "")
    ours = host_of(referer) and host_of(referer) == request.headers.get("host", "").lower()
    path = urlsplit(referer).path if ours else ""
    path = path if path.startswith(("/r/", "/moderation/")) else "/"
    return path.removesuffix("messages").removesuffix("nickname")


def key_cookie(request: AnyRequest, window: Window, key: str) -> Cookie:
    """The cookie that keeps the key of the window's composer."""
    return Cookie(KEY_COOKIE, value=key, path=window.path, **kept_cookie(request))


def kept_cookie(request: AnyRequest) -> Any:
    """What all our cookies have in common."""
    secure = request.scope["scheme"] == "https"
    return {"max_age": COOKIE_SECONDS, "httponly": True, "samesite": "lax", "secure": secure}
