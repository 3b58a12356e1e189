"""The list of words that the site does not want."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from chat.actions import words as actions
from chat.domain.refusals import Refused
from chat.domain.words import ACTIONS
from chat.storage import words
from chat.storage.moderators import SignedIn
from chat.web.drawing.audiences import moment
from chat.web.http.forms import Form
from chat.web.http.requests import AnyRequest, audience_of
from chat.web.http.services import Services
from chat.web.moderation.acts import refusal
from chat.web.moderation.done import done
from chat.web.moderation.page import moderation_page


@get("/words")
async def word_list(request: AnyRequest, moderator: NamedDependency[SignedIn]) -> Response[bytes]:
    """The whole list, and the form that adds to it."""
    reads = audience_of(request)
    lines = [(line, moment(reads, line.at)) for line in await words.all_lines()]
    return moderation_page(request, "words.html", moderator=moderator.moderator, lines=lines, actions=ACTIONS)


@post("/words", status_code=200)
async def change_words(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    form: NamedDependency[Form],
) -> Response[Any]:
    """Add the lines in `words`, all with one `action`; or take the line `remove` away."""
    if "remove" in form:
        if not await actions.remove(services.actions, moderator.moderator, form.get("remove")):
            raise NotFoundException()
        return done(request, "word")
    try:
        form.check("word")
        await actions.add(services.actions, moderator.moderator, form.get("words"), form.get("action"))
    except Refused as problem:
        return refusal(request, problem, form.get("words"))
    return done(request, "word")
