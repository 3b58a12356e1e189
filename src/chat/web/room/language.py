"""Choosing the language."""

from litestar import post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.response import Redirect

from chat.web.http.forms import Form
from chat.web.http.languages import LANGUAGES
from chat.web.http.requests import AnyRequest, came_from, kept_cookie


@post("/language", status_code=303)
async def choose_language(request: AnyRequest, form: NamedDependency[Form]) -> Redirect:
    """Keep the visitor's choice of language, and go back."""
    language = form.get("language")
    if language not in LANGUAGES:
        raise ClientException("unknown language")
    cookie = Cookie("language", value=language, path="/", **kept_cookie(request))
    return Redirect(came_from(request), status_code=303, cookies=[cookie])
