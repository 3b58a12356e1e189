"""Refusals and faults as a line or a page that a person can read, in their language."""

from http import HTTPStatus
from typing import Any

import structlog
from babel.dates import format_timedelta
from babel.support import NullTranslations
from litestar import Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE, HTTP_503_SERVICE_UNAVAILABLE

from chat.domain.refusals import Refused
from chat.storage.errors import Unavailable
from chat.web.drawing.renderer import Renderer
from chat.web.http.banned import on_banned
from chat.web.http.forms import Unsent
from chat.web.http.languages import LANGUAGES, translations
from chat.web.http.requests import AnyRequest, Banned, audience_of, back, is_htmx, renderer_of
from chat.web.http.themes import theme_of

logger = structlog.get_logger()


def _(message: str) -> str:
    """Marks a text for the catalogues."""
    return message


def ngettext(one: str, many: str) -> tuple[str, str]:
    """The same for a text with a number."""
    return one, many


REFUSALS = {
    "text.empty": _("Write something first."),
    "text.too_long": _("That is %(length)d characters; a message may have %(limit)d."),
    "text.unreadable": _("That text cannot be read. Type it again."),
    "text.repeated": _("You have just said that. Say something else."),
    "text.word": _("Not sent: there is a word in it that this site does not want. Your text is still here."),
    "held.too_many": _("Not sent: %(limit)d of your messages wait for a moderator already. Your text is still here."),
    "nickname.word": _("There is a word in that nickname that this site does not want. Choose another."),
    "word.action": _("Choose what becomes of a text with these words."),
    "word.empty": _("A line has one to eight words, or a pattern between two strokes."),
    "word.too_long": _("A line may have %(limit)d characters."),
    "word.too_many": _("The list may have %(limit)d lines."),
    "word.pattern": _("That pattern cannot be used: it is not whole, or it could take too long."),
    "word.wide": _("That pattern finds nothing everywhere. Make it find something."),
    "word.unreadable": _("That text cannot be read. Type it again."),
    "key.invalid": _("This form cannot be used any more. Reload the page and send it again."),
    "nickname.empty": _("A nickname needs at least one visible character."),
    "nickname.too_long": _("That is %(length)d characters; a nickname may have %(limit)d."),
    "nickname.characters": _("That nickname has characters that cannot be seen or could mislead."),
    "nickname.marks": _("That nickname has too many marks on one letter."),
    "nickname.reserved": _("That nickname could pass for the system or staff. Choose another."),
    "nickname.unreadable": _("That nickname cannot be read. Type it again."),
    "room.locked": _("Not sent: this room is locked, and nobody can write. Your text is still here."),
    "room.name": _("A room’s name has 1 to 40 letters, digits, hyphens or underscores, and no spaces."),
    "room.unreadable": _("That name cannot be read. Type it again."),
    "room.pace": _("Slow mode takes 0 to %(limit)d seconds."),
    "not_stored": _("Not sent: the room is busy just now. Your text is still here; try again in a moment."),
    "body.too_large": _("That is far too much for one message."),
    "reply.gone": _("The message that you reply to is not there any more. Your text is still here, without it."),
    "person.left": _("You have given this seat up, and all that you said with it. Enter the room anew to write."),
    "person.muted": _("Not sent: a moderator lets you write here again in %(left)s."),
    "person.banned": _("Not sent: a moderator has banned you from here for another %(left)s."),
    "moderator.name": _("A moderator’s name has 1 to 40 letters or digits, and no spaces."),
    "report.reason": _("Choose what is wrong with the message."),
    "ban.mode": _("Choose whether they may not write, or not enter."),
    "ban.whom": _("Tick whom the ban is on: the person, the browser, the address."),
    "ban.minutes": _("Choose how long the ban lasts."),
    "ban.network_end": _("A ban on an address has an end: %(days)d days at most."),
    "ban.no_address": _("The address of this message is not kept any more. Ban the person or the browser."),
    "ban.moderator": _("That is a moderator’s browser. Moderators cannot be banned."),
    "form.repeated": _("The form came with a field twice. Reload the page and send it again."),
}
FOR_EVER = {
    "person.muted": _("Not sent: a moderator has taken your right to write here."),
    "person.banned": _("Not sent: a moderator has banned you from here."),
}
"""Of bans that have no end."""
WAITS = {
    "address.too_fast": ngettext(
        "Not you: too much comes from your network's address at once. Try again in %(seconds)d second.",
        "Not you: too much comes from your network's address at once. Try again in %(seconds)d seconds.",
    ),
    "address.windows": ngettext(
        "Not you: too many windows are opened from your network's address. Try again in %(seconds)d second.",
        "Not you: too many windows are opened from your network's address. Try again in %(seconds)d seconds.",
    ),
    "text.link": ngettext(
        "Links are for who has been here for a while. Without it your text may go; with it in %(seconds)d second.",
        "Links are for who has been here for a while. Without it your text may go; with it in %(seconds)d seconds.",
    ),
    "room.slow": ngettext(
        "This room is in slow mode. You can write again in %(seconds)d second.",
        "This room is in slow mode. You can write again in %(seconds)d seconds.",
    ),
}
TOO_FAST = ngettext("Too fast. Try again in %(seconds)d second.", "Too fast. Try again in %(seconds)d seconds.")
"""What says when; the rest is the person's own haste."""
FORMS = {"text": "say", "nickname": "nickname"}
"""What the lines by the boxes are named after, by their fields."""
STATUSES = {
    "person.left": 410,
    "person.muted": 403,
    "person.banned": 403,
    "text.too_fast": 429,
    "nickname.too_fast": 429,
    "address.too_fast": 429,
    "address.windows": 429,
    "text.repeated": 429,
    "room.slow": 429,
    "text.link": 429,
    "report.too_fast": 429,
    "not_stored": 503,
    "body.too_large": 413,
}

PAGES = {
    400: (_("That did not work"), _("The address or the form could not be understood.")),
    403: (
        _("Not yours"),
        _("This window belongs to someone else, or its cookie is gone. Enter the room anew."),
    ),
    410: (
        _("Forgotten"),
        _("You have given this seat up, and all that you said with it. Enter the room anew to write."),
    ),
    404: (_("Nothing here"), _("There is no page at this address.")),
    405: (_("That did not work"), _("This address does not take that.")),
    413: (_("Too large"), _("That is far too much for one message.")),
    429: (_("Just a moment"), _("The room is busy just now. Try again in a moment.")),
    503: (_("Just a moment"), _("The room is busy just now. Try again in a moment.")),
    500: (_("Our mistake"), _("Something went wrong on our side. Nothing that was sent is lost.")),
}


def explain(refused: Refused, language: str) -> str:
    """A refusal as a line in this language."""
    catalogue: NullTranslations = translations(language)
    if "left" in refused.details:
        return explain_ban(refused, language)
    if refused.wait is not None:
        wait = catalogue.ungettext(*WAITS.get(refused.reason, TOO_FAST), refused.wait)
        return wait % {"seconds": refused.wait}
    return catalogue.ugettext(REFUSALS[refused.reason]) % refused.details


def explain_ban(refused: Refused, language: str) -> str:
    """What a banned person is told who writes: for how long, and why."""
    catalogue: NullTranslations = translations(language)
    seconds = int(refused.details["left"])
    left = format_timedelta(seconds, locale=LANGUAGES[language].locale, threshold=1.5)
    line = catalogue.ugettext((REFUSALS if seconds else FOR_EVER)[refused.reason])
    why = catalogue.ugettext(_("Reason: %(why)s"))
    return line % {"left": left} + (" " + why % refused.details if refused.details["why"] else "")


def unsent(refused: Refused, language: str, field: str, typed: str = "") -> Unsent:
    """A form of which this was refused: what stands in its box and by it."""
    return Unsent(field, typed, explain(refused, language), refused.wait or 0)


def refused(problem: Exception) -> Refused:
    """A post that came to nothing: refused by a rule, or by a database that does not answer."""
    if isinstance(problem, Refused):
        return problem
    logger.error("database unavailable", error=str(problem))
    return Refused("not_stored")


def status(refused: Refused) -> int:
    """What a plain form is answered; to htmx every refusal is 422."""
    return STATUSES.get(refused.reason, HTTPStatus.UNPROCESSABLE_ENTITY)


def alert(renderer: Renderer, refused: Refused, field: str, *, drops_reply: bool = False) -> Response[bytes]:
    """The line by a form's box, for htmx: the text in the box stays; `drops_reply`: what it replies to goes."""
    line = unsent(refused, renderer.audience.language, field)
    body = renderer.render("shared/_told.html", form=FORMS[field], refused=line, drops_reply=drops_reply)
    headers = {"HX-Retarget": f"#{FORMS[field]}-told", "HX-Reswap": "outerHTML"}
    return Response(body, status_code=422, media_type=MediaType.HTML, headers=headers)


def fault_page(request: AnyRequest, code: int, typed: str = "", line: str = "") -> Response[bytes]:
    """A fault as a page; for htmx, which swaps no fault in, as one line. `line`: what it says, when it is known."""
    renderer = renderer_of(request)
    catalogue = translations(renderer.audience.language)
    title, message = map(catalogue.ugettext, PAGES.get(code, PAGES[400 if code < 500 else 500]))
    message = line or message
    if is_htmx(request):
        body = renderer.render("shared/_alert.html", alert=message, id="fault")
    else:
        context = {"title": title, "message": message, "back": back(request), "typed": typed}
        body = renderer.render("shared/error.html", **context, theme=theme_of(request))
    return Response(body, status_code=code, media_type=MediaType.HTML)


def on_http_exception(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Faults of the request: not found, not allowed, too large."""
    code = error.status_code
    if code == HTTP_413_REQUEST_ENTITY_TOO_LARGE and is_htmx(request):
        field = "nickname" if request.scope["path"].endswith("/nickname") else "text"
        return alert(renderer_of(request), Refused("body.too_large"), field)
    typed = error.extra.get("typed", "") if isinstance(error.extra, dict) else ""
    answer = fault_page(request, code, typed)
    answer.headers.update({name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"})
    return answer


def on_refused(request: AnyRequest, error: Refused) -> Response[bytes]:
    """A wish without a form: a window that may not be opened yet."""
    answer = fault_page(request, status(error), line=explain(error, audience_of(request).language))
    if error.wait is not None:
        answer.headers["Retry-After"] = str(error.wait)
    return answer


def on_unavailable(request: AnyRequest, error: Exception) -> Response[bytes]:
    """The database does not answer: one line for the operator, a page for the visitor."""
    logger.error("database unavailable", error=str(error), path=request.scope["path"])
    return fault_page(request, HTTP_503_SERVICE_UNAVAILABLE)


def on_fault(request: AnyRequest, error: Exception) -> Response[bytes]:
    """A fault of ours."""
    logger.error("fault", path=request.scope["path"], exc_info=error)
    return fault_page(request, 500)


HANDLERS: dict[Any, Any] = {
    Banned: on_banned,
    HTTPException: on_http_exception,
    Refused: on_refused,
    Exception: on_fault,
    Unavailable: on_unavailable,
}
