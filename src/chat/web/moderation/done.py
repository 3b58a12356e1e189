"""The answer to an act: what was done, and how it is undone."""

import re
from typing import Any, NamedTuple

from litestar import Response
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Redirect

from chat.web.http.languages import translations
from chat.web.http.requests import SHEET, AnyRequest, came_from, cookies_of, is_htmx, kept_cookie, renderer_of

DONE_COOKIE = "done"
DONE_SECONDS = 60
MESSAGE = re.compile(r"messages/\d+$", re.ASCII)
TOLD = re.compile(r"([a-z ]{2,20})\.([0-9]{1,15})", re.ASCII)


def _(message: str) -> str:
    """Marks a text for the catalogues."""
    return message


LINES = {
    "remove": _("The message is removed."),
    "remove all": _("Their messages are removed."),
    "mute": _("They may not write any more."),
    "ban": _("They may not enter any more."),
    "lift": _("The ban is lifted."),
    "extend": _("The ban ends at another time now."),
    "room": _("The room is changed."),
    "notice": _("The notice is said."),
    "settle": _("The reports are done; the message is shown."),
    "word": _("The list of words is changed."),
    "approve": _("The message is said."),
    "refuse": _("The message is not let through. Its author sees that."),
    "clear": _("The room is empty."),
    "sign in": _("You are signed in on this browser for 30 days."),
}
"""What is said of each act."""
UNDONE_BY_LIFTING = ("mute", "ban")


class Done(NamedTuple):
    """What was done, as a line."""

    line: str
    ban: int = 0
    """The ban that can be lifted again; 0: none."""


def told(request: AnyRequest, language: str) -> Done | None:
    """What the page says of the act that led to it, without a script."""
    found = TOLD.fullmatch(cookies_of(request).get(DONE_COOKIE, ""))
    return described(found[1], int(found[2]), language) if found and found[1] in LINES else None


def described(act: str, ban: int, language: str) -> Done:
    line = translations(language).ugettext(LINES[act])
    return Done(line, ban if act in UNDONE_BY_LIFTING else 0)


def done(request: AnyRequest, act: str, ban: int = 0) -> Response[Any]:
    """The answer to an act: a sheet that says so, or without a script the way back."""
    if is_htmx(request):
        renderer = renderer_of(request)
        body = renderer.render("moderation/_told.html", done=described(act, ban, renderer.audience.language))
        return Response(body, media_type=MediaType.HTML, headers=SHEET)
    back = came_from(request)
    if act.startswith("remove"):
        back = MESSAGE.sub("", back)
    cookie = Cookie(DONE_COOKIE, value=f"{act}.{ban}", path="/", **kept_cookie(request))
    cookie.max_age = DONE_SECONDS
    return Redirect(back, status_code=303, cookies=[cookie])


def forgotten(told: Done | None) -> list[Cookie]:
    """Takes the line away that a page tells: it is told once."""
    return [Cookie(DONE_COOKIE, value="", path="/", max_age=0)] if told else []
