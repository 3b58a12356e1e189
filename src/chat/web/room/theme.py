"""Choosing light or dark."""

from typing import Any

from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from chat.web.http.forms import Form
from chat.web.http.requests import AnyRequest, kept_cookie
from chat.web.http.themes import AUTO, THEME_COOKIE, THEMES
from chat.web.room.clock import drawn_anew


@post("/theme", status_code=200)
async def choose_theme(request: AnyRequest, form: NamedDependency[Form]) -> Response[Any]:
    """Keep the visitor's choice, and draw the page anew."""
    theme = form.get("theme")
    if form.problem or theme not in (AUTO, *THEMES):
        raise ClientException("unknown theme")
    cookie = Cookie(THEME_COOKIE, value="" if theme == AUTO else theme, path="/", **kept_cookie(request))
    if theme == AUTO:
        cookie.max_age = 0
    return drawn_anew(request, form, cookie)
