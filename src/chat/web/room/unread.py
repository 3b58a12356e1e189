"""Counting the unread in the title, while the visitor looks elsewhere."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Redirect

from chat.web.http import forms
from chat.web.http.requests import AnyRequest, is_htmx
from chat.web.http.services import Services
from chat.web.http.windows import Window


@get("/title")
async def title(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[Any]:
    """The page's title, when the visitor begins to look elsewhere (`blurred=1`) or is back."""
    if not is_htmx(request):
        return Redirect(window.path, status_code=303)
    blurred = forms.query(request).get("blurred") == "1"
    seen = (await services.hub.tail(window.room)).last if blurred else 0
    renderer = services.renderers[window.audience]
    body = renderer.title(window.room, 0) + renderer.render("room/_seen.html", seen=seen, blurred=blurred, swap=True)
    return Response(body, media_type=MediaType.HTML, headers={"HX-Reswap": "innerHTML"})  # who asks stays in the page
