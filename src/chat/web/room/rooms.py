"""The list of rooms, and the way into one."""

import re
import secrets
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import ClientException
from litestar.response import Redirect

from chat.domain import rooms
from chat.domain.presence import shown
from chat.domain.refusals import Refused
from chat.storage import rooms as stored
from chat.storage.rooms import NEWEST, Place
from chat.web.drawing.audiences import Audience, hour, short_day
from chat.web.drawing.renderer import Renderer
from chat.web.http import errors
from chat.web.http.forms import Form
from chat.web.http.requests import AnyRequest, came_from, is_htmx, renderer_of
from chat.web.http.security import policy
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import entry_path

PLACE = re.compile(r"([0-9]{1,15})-([0-9]{1,15})", re.ASCII)


class Line(NamedTuple):
    """A room as the list shows it."""

    name: str
    topic: str
    here: str
    moment: str
    written: str


@get("/rooms")
async def room_list(request: AnyRequest, services: NamedDependency[Services]) -> Response[bytes]:
    """A page of the rooms: the one where somebody spoke last comes first."""
    query = Form(request.scope["query_string"])
    wanted, after = query.get("q").strip(), query.get("after")
    if query.problem or (after and not PLACE.fullmatch(after)):
        raise ClientException("not a page of the list")
    part = rooms.canonical(wanted)
    if wanted and part is None:
        return await list_page(request, services, wanted, problem=Refused("room.name"), field="q")
    behind = Place(*map(int, after.split("-"))) if after else NEWEST
    return await list_page(request, services, part or "", behind=behind)


@post("/rooms", status_code=200)
async def go_to_room(
    request: AnyRequest, services: NamedDependency[Services], form: NamedDependency[Form]
) -> Response[Any]:
    """Go to a room by its name, or to a new private one."""
    try:
        form.check("room")
        name = rooms.private() if form.get("private") else rooms.named(form.get("room"))
    except Refused as problem:
        if is_htmx(request):
            return named_line(renderer_of(request), problem)
        return await list_page(request, services, form.get("room"), problem=problem, field="room")
    if is_htmx(request):
        return Response(b"", media_type=MediaType.HTML, headers={"HX-Redirect": entry_path(name)})
    return Redirect(entry_path(name), status_code=303)


def named_line(renderer: Renderer, problem: Refused) -> Response[bytes]:
    """The line by the box for a room's name, for htmx."""
    line = errors.explain(problem, renderer.audience.language)
    body = renderer.render("shared/_alert.html", alert=line, id="room-alert")
    headers = {"HX-Retarget": "#room-alert", "HX-Reswap": "outerHTML"}
    return Response(body, status_code=422, media_type=MediaType.HTML, headers=headers)


async def list_page(
    request: AnyRequest,
    services: Services,
    typed: str,
    *,
    behind: Place = NEWEST,
    problem: Refused | None = None,
    field: str = "q",
) -> Response[bytes]:
    """The list; with a `problem`, the line by the box in `field` says so, and no search is made."""
    renderer, size = renderer_of(request), services.sizes.list_page
    part = "" if problem else typed
    found = await stored.listed(size + 1, behind, part)
    here = await services.presence.counts([room.name for room in found[:size]])
    last = found[size - 1] if len(found) > size else None
    nonce = secrets.token_urlsafe(9)
    body = renderer.render(
        "room/rooms.html",
        rooms=[line(room, here[room.name], renderer.audience) for room in found[:size]],
        next=f"{last.last_minute}-{last.id}" if last else "",
        part=part,
        back=came_from(request),
        typed={field: typed},
        alerts={field: errors.explain(problem, renderer.audience.language)} if problem else {},
        nonce=nonce,
        theme=theme_of(request),
    )
    status = errors.status(problem) if problem else 200
    headers = {"Content-Security-Policy": policy(nonce)}
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)


def line(room: stored.Listed, here: int, reads: Audience) -> Line:
    """A room for this audience: the hour of its newest message, or the day when that is not today."""
    at = room.last_at
    written = hour(reads, at) if reads.date(at) == today(reads) else short_day(reads, reads.date(at))
    moment = reads.local(at).isoformat(timespec="minutes")
    return Line(room.name, room.topic, shown(here), moment, written)


def today(reads: Audience) -> date:
    return reads.date(datetime.now(UTC))
