"""Who may not be in a room: told why, and until when."""

from litestar import Response
from litestar.enums import MediaType

from chat.domain.bans import Ban
from chat.web.drawing.audiences import Audience, moment
from chat.web.http.frames import is_framed
from chat.web.http.requests import AnyRequest, Banned, is_htmx, renderer_of
from chat.web.http.themes import theme_of


def on_banned(request: AnyRequest, error: Banned) -> Response[bytes]:
    """The page that says so; a window that is open loads itself anew, and gets it."""
    if is_htmx(request):
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Refresh": "true"})
    renderer, ban = renderer_of(request), error.ban
    context = {"ban": ban, "until": until(renderer.audience, ban), "embedded": is_framed(request.scope["raw_path"])}
    body = renderer.render("room/banned.html", **context, theme=theme_of(request))
    return Response(body, status_code=403, media_type=MediaType.HTML)


def until(reads: Audience, ban: Ban) -> str:
    """When a ban ends, for this audience; empty when it has no end."""
    return moment(reads, ban.ends_at) if ban.ends_at else ""
