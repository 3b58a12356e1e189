"""What is stored of a person: seeing it, and having it erased."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Redirect

from chat.actions import leaving
from chat.domain.events import MAX_SEQ
from chat.storage import held, origins, people
from chat.web.drawing.audiences import moment
from chat.web.http import forms
from chat.web.http.banned import until
from chat.web.http.requests import SHEET, AnyRequest, Posted, is_htmx, kept_cookie
from chat.web.http.security import address, network_of
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import (
    KEY_COOKIE,
    NICKNAME_COOKIE,
    SCRIPT_COOKIE,
    SEAT_COOKIE,
    Window,
)
from chat.web.room.draft import DRAFT_COOKIE


@get("/mine")
async def mine(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[bytes]:
    """All that is stored of this person, and for how long."""
    before = forms.number_or_none(forms.query(request).get("before", "")) or MAX_SEQ
    page = services.sizes.mine_page
    said = await origins.said(window.room, window.seat, before, page + 1)
    settings = services.settings
    ban = services.bans.against(window.room, window.seat, window.browser, network_of(request.scope))
    context = {
        "ban": ban,
        "until": until(window.audience, ban) if ban else "",
        "room": window.room,
        "seat": window.seat,
        "nickname": await people.nickname(window.seat),
        "said": [(row["seq"], moment(window.audience, row["at"]), row["text"]) for row in said[:page]],
        "waiting": await held.of_person(window.room, window.seat),
        "more": said[page - 1]["seq"] if len(said) > page else None,
        "now_at": address(request),
        "addresses": await origins.addresses(window.seat),
        "messages_days": settings.keep_messages_days,
        "addresses_days": settings.keep_addresses_days,
        "theme": theme_of(request),
    }
    renderer = services.renderers[window.audience]
    if is_htmx(request):
        return Response(renderer.render("room/_mine_sheet.html", **context), media_type=MediaType.HTML, headers=SHEET)
    return Response(renderer.render("room/mine.html", **context), media_type=MediaType.HTML)


@post("/forget", status_code=200)
async def forget(request: AnyRequest, posted: NamedDependency[Posted]) -> Response[Any]:
    """Erase this person, and send whoever it was to a seat of a new one. Raises Refused, Unavailable."""
    services, window, _ = posted
    await leaving.forget(services.actions, window.room, window.seat)
    cookies = forgotten_cookies(request, window)
    if is_htmx(request):
        headers = {"HX-Redirect": window.entrance}
        return Response(b"", media_type=MediaType.HTML, headers=headers, cookies=cookies)
    return Redirect(window.entrance, status_code=303, cookies=cookies)


def forgotten_cookies(request: AnyRequest, window: Window) -> list[Cookie]:
    """Takes away what the browser keeps of the seat."""
    of_seat = [(name, window.path) for name in (SEAT_COOKIE, KEY_COOKIE, SCRIPT_COOKIE, DRAFT_COOKIE)]
    return [
        Cookie(name, value="", path=path, **{**kept_cookie(request), "max_age": 0})
        for name, path in [*of_seat, (NICKNAME_COOKIE, "/")]
    ]
