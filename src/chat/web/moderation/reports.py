"""What visitors have reported."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from chat.actions import reports as actions
from chat.domain import seats
from chat.storage import reports
from chat.storage.moderators import SignedIn
from chat.web.drawing.audiences import moment
from chat.web.http.forms import number, query
from chat.web.http.requests import AnyRequest, audience_of
from chat.web.http.services import Services
from chat.web.moderation.done import done
from chat.web.moderation.page import PAGE, moderation_page
from chat.web.moderation.tables import before


@get("/reports")
async def report_list(request: AnyRequest, moderator: NamedDependency[SignedIn]) -> Response[bytes]:
    """The open reports, the newest first; `done=1`: those that a moderator has looked at."""
    settled, reads = query(request).get("done") == "1", audience_of(request)
    found = await reports.listed(PAGE + 1, before(request), done=settled)
    return moderation_page(
        request,
        "reports.html",
        moderator=moderator.moderator,
        reports=[(one, moment(reads, one.at), seats.tag(one.seat)) for one in found[:PAGE]],
        settled=settled,
        next=found[PAGE - 1].id if len(found) > PAGE else None,
    )


@post("/reports/{report:str}/done", status_code=200)
async def settle(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    report: FromPath[str],
) -> Response[Any]:
    """The message may stay, and is shown again: all its reports are done."""
    if not await actions.settle(services.actions, moderator.moderator, number(report)):
        raise NotFoundException()
    return done(request, "settle")
