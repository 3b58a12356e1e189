"""The pages of /moderation that list: bans, rooms, moderators, the log of acts."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import ClientException
from litestar.params import FromPath

from chat.domain.acts import Act
from chat.domain.bans import MINUTES, Ban
from chat.storage import acts, bans, moderators, rooms
from chat.storage.moderators import SignedIn
from chat.web.drawing.audiences import Audience, durations, moment
from chat.web.http.banned import until
from chat.web.http.forms import number, query
from chat.web.http.requests import AnyRequest, audience_of
from chat.web.http.services import Services
from chat.web.moderation.acts import known_room
from chat.web.moderation.page import PAGE, moderation_page


@get("/bans")
async def ban_list(
    request: AnyRequest, services: NamedDependency[Services], moderator: NamedDependency[SignedIn]
) -> Response[bytes]:
    """The bans, those that are over too."""
    found = await bans.newest(PAGE + 1, before(request))
    reads, now = audience_of(request), services.actions.now()
    return moderation_page(
        request,
        "bans.html",
        moderator=moderator.moderator,
        bans=[(ban, until(reads, ban), moment(reads, ban.made_at), ban.is_over(now)) for ban in found[:PAGE]],
        durations=durations(reads, MINUTES),
        next=older(found),
    )


@get("/log")
async def act_log(request: AnyRequest, moderator: NamedDependency[SignedIn]) -> Response[bytes]:
    """Every act: who did what, to whom, why, when."""
    found = await acts.newest(PAGE + 1, before(request))
    reads = audience_of(request)
    lines = [(Act(**{name: act[name] for name in Act._fields}), moment(reads, act["at"])) for act in found[:PAGE]]
    last = found[PAGE - 1]["id"] if len(found) > PAGE else None
    return moderation_page(request, "log.html", moderator=moderator.moderator, acts=lines, next=last)


@get("/moderators")
async def moderator_list(
    request: AnyRequest, services: NamedDependency[Services], moderator: NamedDependency[SignedIn]
) -> Response[bytes]:
    """Who may sign in, and where they are signed in."""
    reads: Audience = audience_of(request)
    found = await moderators.listed(services.actions.now())
    people = [
        (one.name, len(one.signed_in_at), moment(reads, max(one.signed_in_at)) if one.signed_in_at else "")
        for one in found
    ]
    return moderation_page(request, "moderators.html", moderator=moderator.moderator, people=people)


@get("/rooms")
async def managed_rooms(request: AnyRequest, moderator: NamedDependency[SignedIn]) -> Response[bytes]:
    """The rooms, unlisted ones too, by the newest message."""
    found = await rooms.all_rooms(PAGE + 1, place(request))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return moderation_page(
        request,
        "rooms.html",
        moderator=moderator.moderator,
        rooms=found[:PAGE],
        next=f"{last.last_minute}-{last.id}" if last else None,
    )


@get("/rooms/{room:str}")
async def managed_room(
    request: AnyRequest, moderator: NamedDependency[SignedIn], room: FromPath[str]
) -> Response[bytes]:
    """How a room is, and the forms that change it."""
    name = known_room(room)
    return moderation_page(
        request, "room.html", moderator=moderator.moderator, room=name, state=await rooms.state(name), scripted=False
    )


def before(request: AnyRequest) -> int:
    """The id below which a page goes on. Raises ClientException."""
    wanted = query(request).get("before")
    return number(wanted) if wanted else 2**62


def place(request: AnyRequest) -> rooms.Place:
    """The room behind which a page goes on. Raises ClientException."""
    minute, _, number_of = query(request).get("before", "").partition("-")
    if not minute:
        return rooms.NEWEST
    if not number_of:
        raise ClientException("not a page of the list")
    return rooms.Place(number(minute), number(number_of))


def older(found: list[Ban]) -> int | None:
    """Where the next page begins."""
    return found[PAGE - 1].id if len(found) > PAGE else None
