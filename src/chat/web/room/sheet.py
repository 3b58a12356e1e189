"""The sheet of a message: what one may do with it, and doing it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from chat.actions import messages as actions
from chat.domain.events import Message, Quote
from chat.web.drawing.audiences import hour
from chat.web.http.forms import number, query
from chat.web.http.requests import SHEET, AnyRequest, Posted, is_htmx, visitor_of
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import Window
from chat.web.moderation.done import forgotten, told
from chat.web.moderation.office import office

REPLYING = {"HX-Retarget": "#replying", "HX-Reswap": "innerHTML"}


@get("/messages/{seq:str}")
async def sheet(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window], seq: FromPath[str]
) -> Response[Any]:
    """What this visitor may do with a message."""
    message = await existing(window, seq)
    renderer = services.renderers[window.audience]
    done = told(request, window.language)
    context = {
        "room": window.room,
        "message": message,
        "hour": hour(window.audience, message.at),
        "own": message.seat == window.seat,
        "back": window.path,
        "office": await office(request, window.audience, window.room, message.seq),
        "done": done,
        "theme": theme_of(request),
        "reported": query(request).get("reported") == "1",
    }
    if is_htmx(request):
        return Response(renderer.render("room/_message.html", **context), media_type=MediaType.HTML, headers=SHEET)
    body = renderer.render("room/message.html", **context)
    return Response(body, media_type=MediaType.HTML, cookies=forgotten(done))


@get("/messages/{seq:str}/reply")
async def reply(
    request: AnyRequest, services: NamedDependency[Services], window: NamedDependency[Window], seq: FromPath[str]
) -> Response[Any]:
    """What the composer shows of the message that the next one replies to."""
    message = await existing(window, seq)
    if not is_htmx(request):
        return Redirect(f"{window.path}?reply={message.seq}", status_code=303)
    renderer = services.renderers[window.audience]
    body = renderer.render("room/_replying.html", reply=Quote.of(message)) + renderer.render("room/_closed.html")
    return Response(body, media_type=MediaType.HTML, headers=REPLYING)


@post("/messages/{seq:str}/removal", status_code=200)
async def take_back(request: AnyRequest, posted: NamedDependency[Posted], seq: FromPath[str]) -> Response[Any]:
    """Take back a message of one's own."""
    services, window, _ = posted
    visitor = await visitor_of(request, window)
    if not await actions.take_back(services.actions, window.room, visitor, number(seq)):
        raise NotFoundException()
    if not is_htmx(request):
        return Redirect(window.path, status_code=303)
    return Response(b"", media_type=MediaType.HTML, headers=SHEET)


async def existing(window: Window, seq: str) -> Message:
    """A message of the window's room. Raises NotFoundException, ClientException, Unavailable."""
    message = await actions.find(window.room, number(seq))
    if message is None:
        raise NotFoundException()
    return message
