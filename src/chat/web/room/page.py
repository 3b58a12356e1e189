"""The room's page."""

import secrets
from typing import Any, NamedTuple

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Redirect

from chat.domain import texts
from chat.domain.refusals import Refused
from chat.storage import rooms
from chat.web.drawing.audiences import city
from chat.web.http import forms
from chat.web.http.requests import AnyRequest, audience_of, cookies_of, find_window, key_cookie, last_nickname
from chat.web.http.security import address, policy
from chat.web.http.services import Services
from chat.web.http.windows import KEY_COOKIE, Window, page_path
from chat.web.polls.answer import TRIGGER_NOW
from chat.web.room.draft import forgets_draft, kept_draft
from chat.web.room.entry import canonical, entry_path, has_last_slash
from chat.web.room.excerpt import Excerpt, newest


class Unsent(NamedTuple):
    """A form that was refused: which field it is about, what was typed there, and the line by its box."""

    field: str = ""
    typed: str = ""
    alert: str = ""

    def of(self, field: str) -> tuple[str, str]:
        """What a field's box holds, and the line by it."""
        return (self.typed, self.alert) if field == self.field else ("", "")


@get("/r/{room:str}/{seat:str}/")
async def page(
    request: AnyRequest, services: NamedDependency[Services], room: FromPath[str], seat: FromPath[str]
) -> Response[Any]:
    """The room, for the seat's holder; a reading page for who refuses cookies; else a seat of one's own."""
    name = canonical(room)
    if name != room:
        return Redirect(entry_path(name), status_code=303)
    if not has_last_slash(request):
        return Redirect(page_path(name, seat), status_code=308)
    if window := find_window(request):
        return await newest_page(request, services, window)
    if services.seats.is_new(seat, forms.query(request).get("new", "")):
        reader = Window(name, seat, seat, audience_of(request))
        return await newest_page(request, services, reader, seated=False)
    return Redirect(entry_path(name), status_code=303)


async def newest_page(
    request: AnyRequest,
    services: Services,
    window: Window,
    *,
    seated: bool = True,
    unsent: Unsent | None = None,
    status: int = 200,
) -> Response[bytes]:
    """The page with the newest messages. `seated`: its reader may write. Raises Unavailable."""
    tail = await services.hub.newest(window.room)
    excerpt = newest(services.renderers[tail.admit(window.audience)], tail, services.sizes.entry_page)
    return await room_page(request, services, window, excerpt, seated=seated, unsent=unsent, status=status)


async def room_page(
    request: AnyRequest,
    services: Services,
    window: Window,
    excerpt: Excerpt,
    *,
    seated: bool = True,
    unsent: Unsent | None = None,
    older: bool = False,
    status: int = 200,
) -> Response[bytes]:
    """A window's page; `older`: it shows a past that does not go on. Raises Unavailable."""
    renderer = services.renderers[window.audience]
    state, nickname = await rooms.entered(window.room, window.seat)
    nonce = secrets.token_urlsafe(9)
    unsent = unsent or Unsent()
    text, say_alert = unsent.of("text") if unsent.field == "text" else (kept_draft(request), "")
    typed, alert = unsent.of("nickname")
    key = kept_key(request)
    body = renderer.render(
        "room/room.html",
        room=window.room,
        seat=window.seat,
        state=state,
        seated=seated,
        earlier=older,
        **excerpt.shown(),
        poller=renderer.poller(excerpt.last, TRIGGER_NOW, first=True),
        address=address(request),
        whose_hour=whose_hour(request, services, window),
        nonce=nonce,
        key=key,
        fresh=False,
        text=text,
        say_alert=say_alert,
        nickname=nickname,
        typed=typed if nickname or alert else last_nickname(request),
        alert=alert,
    )
    return Response(
        body,
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": policy(nonce)},
        cookies=[key_cookie(request, window, key), *forgets_draft(request, window.path)] if seated else [],
    )


def whose_hour(request: AnyRequest, services: Services, window: Window) -> str:
    """The city whose hour the page shows."""
    told = services.windows.audiences.hour(request.headers.get("accept-language", ""), cookies_of(request))
    return city(told.zone, window.language)


def kept_key(request: AnyRequest) -> str:
    """The key of the composer that this window got last; a new one when it had none."""
    try:
        return texts.key(cookies_of(request).get(KEY_COOKIE))
    except Refused:
        return new_key()


def new_key() -> str:
    """A form's single-use key."""
    return secrets.token_urlsafe(12)
