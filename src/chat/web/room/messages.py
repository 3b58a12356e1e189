"""Messages: what follows a cursor, pages of older ones, and saying something."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import ClientException
from litestar.response import Redirect

from chat.actions import messages as actions
from chat.domain.refusals import Refused
from chat.storage import held
from chat.storage.errors import Unavailable
from chat.web.http import forms
from chat.web.http.requests import AnyRequest, Posted, is_htmx, key_cookie, visitor_of
from chat.web.http.services import Services
from chat.web.http.windows import Window
from chat.web.polls import catch_up
from chat.web.room.excerpt import around, older
from chat.web.room.page import new_key, room_page
from chat.web.room.refusal import refusal


@get("/messages")
async def messages(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window]
) -> Response[Any]:
    """What follows a cursor, or a page of older messages. Most polls are answered before they come here."""
    query = forms.query(request)
    if "before" in query:
        return await older_messages(request, services, window, forms.number(query["before"]))
    if "around" in query:
        return await messages_around(request, services, window, forms.number(query["around"]))
    poll = services.queries.parse(request.scope["query_string"])
    if poll is None:
        raise ClientException("not a cursor")
    if not is_htmx(request):
        return Redirect(window.path, status_code=303)
    body = await catch_up.answer(services, window, poll)
    if body is None:
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Refresh": "true"})
    return Response(body, media_type=MediaType.HTML)


async def older_messages(request: AnyRequest, services: Services, window: Window, before: int) -> Response[Any]:
    tail = await services.hub.tail(window.room)
    renderer = services.renderers[tail.admit(window.audience)]
    excerpt = await older(renderer, window.room, before, services.sizes.older_page)
    if not is_htmx(request):
        return await room_page(request, services, window, excerpt, older=True)
    body = renderer.render("room/_earlier.html", **excerpt.shown(), reading=True)
    return Response(body, media_type=MediaType.HTML)


async def messages_around(request: AnyRequest, services: Services, window: Window, seq: int) -> Response[Any]:
    """To who sees the message in their window, the way to it; else a page around it, with a mark."""
    if is_htmx(request):
        first = forms.number_or_none(forms.query(request).get("from", ""))
        place = f"#m{seq}" if first and first <= seq else f"{window.path}messages?around={seq}#m{seq}"
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Redirect": place})
    tail = await services.hub.tail(window.room)
    renderer = services.renderers[tail.admit(window.audience)]
    excerpt = await around(renderer, window.room, seq, services.sizes.older_page)
    return await room_page(request, services, window, excerpt, older=True, marked=seq)


@post("/messages", status_code=200)
async def say(request: AnyRequest, posted: NamedDependency[Posted]) -> Response[Any]:
    """Say something, once per key."""
    services, window, form = posted
    reply_to = forms.number_or_none(form.get("reply_to"))
    try:
        form.check("text")
        visitor = await visitor_of(request, window)
        said = await actions.say(services.actions, window.room, visitor, form.get("text"), form.get("key"), reply_to)
    except (Refused, Unavailable) as problem:
        return await refusal(request, services, window, problem, "text", form.typed, reply_to)
    key = new_key()
    cookies = [key_cookie(request, window, key)]
    if not is_htmx(request):
        return Redirect(window.path, status_code=303, cookies=cookies)
    renderer = services.renderers[window.audience]
    body = renderer.fresh_composer(key)
    if said is None or services.actions.words.holds:
        waiting = await held.of_person(window.room, window.seat)
        body += renderer.render("room/_waiting.html", waiting=waiting, swap=True)
    return Response(body, media_type=MediaType.HTML, cookies=cookies)
