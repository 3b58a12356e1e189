"""Choosing the language."""

from typing import Any

from litestar import Response, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import ClientException

from chat.web.http.forms import Form
from chat.web.http.languages import LANGUAGES
from chat.web.http.requests import AnyRequest, kept_cookie
from chat.web.room.clock import drawn_anew


@post("/language", status_code=200)
async def choose_language(request: AnyRequest, form: NamedDependency[Form]) -> Response[Any]:
    """Keep the visitor's choice of language, and go back."""
    language = form.get("language")
    if form.problem or language not in LANGUAGES:
        raise ClientException("unknown language")
    cookie = Cookie("language", value=language, path="/", **kept_cookie(request))
    return drawn_anew(request, form, cookie)
