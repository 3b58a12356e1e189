"""The room's sheet, behind its name: its own address, to copy or to point a camera at, and the way to other rooms."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from chat.domain.presence import shown
from chat.storage import rooms
from chat.web.drawing.qr import qr_code
from chat.web.http.moderators import moderator_of
from chat.web.http.requests import SHEET, AnyRequest, is_htmx
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import Window, entry_path
from chat.web.moderation.done import forgotten, told


@get("/room")
async def about(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[bytes]:
    """What the room is about, and how to bring others here."""
    address = f"{request.scope['scheme']}://{request.headers.get('host', '')}{entry_path(window.room)}"
    done = told(request, window.language)
    context = {
        "room": window.room,
        "state": await rooms.state(window.room),
        "here": shown(services.presence.count_with(window.room, window.seat)),
        "address": address,
        "code": qr_code(address),
        "is_moderator": await moderator_of(request) is not None,
        "done": done,
        "embedded": window.frame is not None,
        "theme": theme_of(request),
        "back": window.path,
    }
    template = "room/_sheet.html" if is_htmx(request) else "room/sheet.html"
    headers = SHEET if is_htmx(request) else {}
    body = services.renderers[window.audience].render(template, **context)
    return Response(body, media_type=MediaType.HTML, headers=headers, cookies=forgotten(done))
