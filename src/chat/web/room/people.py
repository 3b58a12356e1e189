"""Who is here: those who have spoken or taken a nickname, and how many others read along."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType

from chat.domain.presence import shown
from chat.storage import people as stored
from chat.web.http.requests import SHEET, AnyRequest, is_htmx
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import Window


@get("/people")
async def people(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[bytes]:
    """The sheet behind the header's count, which it brings up to date."""
    here = services.presence.seen(window.room)
    count = services.presence.count_with(window.room, window.seat)
    found = await stored.named(here.known | {window.seat}, services.sizes.people_page)
    context = {
        "room": window.room,
        "here": shown(count),
        "people": found,
        "readers": max(count - len(found), 0),
        "theme": theme_of(request),
    }
    renderer = services.renderers[window.audience]
    if is_htmx(request):
        return Response(renderer.render("room/_people_sheet.html", **context), media_type=MediaType.HTML, headers=SHEET)
    return Response(renderer.render("room/people.html", **context), media_type=MediaType.HTML)
