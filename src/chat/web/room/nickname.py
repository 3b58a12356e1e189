"""Taking another nickname."""

from typing import Any
from urllib.parse import quote

from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Redirect

from chat.actions import nicknames as actions
from chat.domain.refusals import Refused
from chat.storage.errors import Unavailable
from chat.web.http.forms import NOTHING
from chat.web.http.requests import AnyRequest, Posted, is_htmx, kept_cookie, visitor_of
from chat.web.http.windows import NICKNAME_COOKIE
from chat.web.room.refusal import refusal


@post("/nickname", status_code=200)
async def rename(request: AnyRequest, posted: NamedDependency[Posted]) -> Response[Any]:
    """Take another nickname, from now on."""
    services, window, form = posted
    try:
        form.check("nickname")
        visitor = await visitor_of(request, window)
        nickname = await actions.rename(services.actions, window.room, visitor, form.get("nickname"))
    except (Refused, Unavailable) as problem:
        return await refusal(request, services, window, problem, "nickname", form.get("nickname"))
    cookies = [remembered(request, nickname)]
    if not is_htmx(request):
        return Redirect(window.path, status_code=303, cookies=cookies)
    renderer = services.renderers[window.audience]
    body = renderer.render("room/_me.html", seat=window.seat, nickname=nickname, refused=NOTHING, fresh=True)
    return Response(body, media_type=MediaType.HTML, cookies=cookies)


def remembered(request: AnyRequest, nickname: str | None) -> Cookie:
    """The cookie that offers a nickname to the browser's next seat; the default nickname removes it."""
    cookie = Cookie(NICKNAME_COOKIE, value=quote(nickname or ""), path="/", **kept_cookie(request))
    if nickname is None:
        cookie.max_age = 0
    return cookie
