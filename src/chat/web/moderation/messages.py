"""All rooms' messages, for moderators: a search, and the page of one."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from chat.actions import messages as actions
from chat.domain import rooms, seats
from chat.storage import search as stored
from chat.storage.moderators import SignedIn
from chat.storage.search import Found, Wanted
from chat.web.drawing.audiences import moment
from chat.web.http.forms import number, query
from chat.web.http.requests import AnyRequest, audience_of
from chat.web.moderation.acts import known_room
from chat.web.moderation.office import office
from chat.web.moderation.page import PAGE, moderation_page
from chat.web.moderation.tables import before

LONGEST = 200
"""Characters of what is looked for."""


@get("/messages")
async def message_list(request: AnyRequest, moderator: NamedDependency[SignedIn]) -> Response[bytes]:
    """The newest messages of all rooms, or those that are like what is looked for."""
    asked, reads = query(request), audience_of(request)
    given = {name: asked.get(name, "").strip()[:LONGEST] for name in ("text", "nickname", "tag", "address", "room")}
    wanted = Wanted(
        given["text"], given["nickname"], given["tag"], given["address"], rooms.canonical(given["room"]) or ""
    )
    page = await stored.search(wanted, before(request), PAGE)
    shown = [one for one in page.messages if has_tag(one, given["tag"])]
    return moderation_page(
        request,
        "messages.html",
        moderator=moderator.moderator,
        messages=[(one, moment(reads, one.at)) for one in shown],
        given=given,
        looked_to=page.looked_to,
        ends=page.ends,
    )


@get("/messages/{room:str}/{seq:str}")
async def one_message(
    request: AnyRequest, moderator: NamedDependency[SignedIn], room: FromPath[str], seq: FromPath[str]
) -> Response[bytes]:
    """A message, and what a moderator may do with it."""
    name = known_room(room)
    message = await actions.find(name, number(seq))
    if message is None:
        raise NotFoundException()
    reads = audience_of(request)
    return moderation_page(
        request,
        "message.html",
        moderator=moderator.moderator,
        room=name,
        message=message,
        at=moment(reads, message.at),
        office=await office(request, reads, name, message.seq),
        scripted=False,
    )


def has_tag(message: Found, tag: str) -> bool:
    """Whether the tag beside the author's nickname begins so."""
    return seats.tag(message.seat).startswith(tag.lower().lstrip("#"))
