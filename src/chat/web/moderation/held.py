"""Messages that wait for a moderator."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from chat.actions import held as actions
from chat.domain.refusals import Refused
from chat.storage import held
from chat.storage.moderators import SignedIn
from chat.web.drawing.audiences import moment
from chat.web.http.forms import number
from chat.web.http.requests import AnyRequest, audience_of
from chat.web.http.services import Services
from chat.web.moderation.acts import refusal
from chat.web.moderation.done import done
from chat.web.moderation.page import PAGE, moderation_page
from chat.web.moderation.tables import before


@get("/held")
async def held_list(request: AnyRequest, moderator: NamedDependency[SignedIn]) -> Response[bytes]:
    """What waits, the newest first."""
    found, reads = await held.waiting(PAGE + 1, before(request)), audience_of(request)
    return moderation_page(
        request,
        "held.html",
        moderator=moderator.moderator,
        held=[(one, moment(reads, one.at)) for one in found[:PAGE]],
        next=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@post("/held/{held:str}/approved", status_code=200)
async def approve(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    held: FromPath[str],
) -> Response[Any]:
    """Say it now, in its author's name."""
    try:
        if not await actions.approve(services.actions, moderator.moderator, number(held)):
            raise NotFoundException()
    except Refused as problem:
        return refusal(request, problem, "")
    return done(request, "approve")


@post("/held/{held:str}/refused", status_code=200)
async def refuse(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    held: FromPath[str],
) -> Response[Any]:
    """Do not let it through."""
    if not await actions.refuse(services.actions, moderator.moderator, number(held)):
        raise NotFoundException()
    return done(request, "refuse")
