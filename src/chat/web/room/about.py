"""The room's sheet, behind its name: its own address, to copy or to point a camera at, and the way to other rooms."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from chat.storage import rooms
from chat.web.drawing.qr import qr_code
from chat.web.http.requests import AnyRequest, is_htmx
from chat.web.http.services import Services
from chat.web.http.windows import Window, entry_path


@get("/r/{room:str}/{seat:str}/room")
async def about(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[bytes]:
    """What the room is about, and how to bring others here."""
    address = f"{request.scope['scheme']}://{request.headers.get('host', '')}{entry_path(window.room)}"
    context = {
        "room": window.room,
        "state": await rooms.state(window.room),
        "here": services.here(window.room),
        "address": address,
        "code": qr_code(address),
    }
    template = "room/_sheet.html" if is_htmx(request) else "room/sheet.html"
    headers = {"HX-Reswap": "innerHTML", "HX-Retarget": "#sheet"} if is_htmx(request) else {}
    body = services.renderers[window.audience].render(template, **context)
    return Response(body, media_type=MediaType.HTML, headers=headers)
