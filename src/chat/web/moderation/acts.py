"""The acts of moderators, from the sheets and from /moderation."""

from datetime import timedelta
from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from chat.actions import bans, messages, rooms
from chat.actions.bans import Wanted
from chat.domain import networks
from chat.domain import rooms as names
from chat.domain.refusals import Refused
from chat.storage import origins
from chat.storage.moderators import SignedIn
from chat.storage.origins import Author
from chat.web.http import errors
from chat.web.http.forms import Form, number, number_or_none
from chat.web.http.requests import SHEET, AnyRequest, is_htmx, renderer_of
from chat.web.http.services import Services
from chat.web.moderation.done import done
from chat.web.moderation.page import moderation_page

DAY = 24
EVER = timedelta(days=36_500)


@post("/removals", status_code=200)
async def remove(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    form: NamedDependency[Form],
) -> Response[Any]:
    """Remove a message, or with `hours` all that its author said in so many hours (0: ever)."""
    room, seq = posted_message(form)
    context, name = services.actions, moderator.moderator
    if "hours" not in form:
        if await messages.remove(context, room, name, seq) is None:
            raise NotFoundException()
        return done(request, "remove")
    author = await known_author(room, seq)
    hours = number(form.get("hours"))
    since = context.now() - (timedelta(hours=hours) if 0 < hours <= 365 * DAY else EVER)
    await messages.remove_all(context, room, name, author, since)
    return done(request, "remove all")


@post("/bans", status_code=200)
async def ban(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    form: NamedDependency[Form],
) -> Response[Any]:
    """Mute or ban the author of a message."""
    room, seq = posted_message(form)
    author = await known_author(room, seq)
    try:
        form.check("text")
        wanted = wanted_ban(form)
        if wanted.address and form.get("sure") != "1" and is_doubtful(services, author.origin.address):
            return ask_again(request, moderator.moderator, room, seq, wanted, author.origin.address)
        made = await bans.ban(services.actions, room, moderator.moderator, author, wanted)
    except Refused as problem:
        return refusal(request, problem, form.typed)
    return done(request, made.mode, made.id)


@post("/bans/{ban:str}/lifted", status_code=200)
async def lift(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    ban: FromPath[str],
) -> Response[Any]:
    """End a ban now."""
    if await bans.lift(services.actions, moderator.moderator, number(ban)) is None:
        raise NotFoundException()
    return done(request, "lift")


@post("/bans/{ban:str}/extended", status_code=200)
async def extend(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    form: NamedDependency[Form],
    ban: FromPath[str],
) -> Response[Any]:
    """Let a ban end `minutes` from now; 0: never."""
    try:
        found = await bans.extend(services.actions, moderator.moderator, number(ban), minutes_of(form))
    except Refused as problem:
        return refusal(request, problem, "")
    if found is None:
        raise NotFoundException()
    return done(request, "extend")


@post("/rooms/{room:str}", status_code=200)
async def change_room(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    form: NamedDependency[Form],
    room: FromPath[str],
) -> Response[Any]:
    """Change how a room is: those of `topic`, `locked` (1 or 0) and `slow` (seconds) that came. `clear=1`: empty it."""
    name, context, who = known_room(room), services.actions, moderator.moderator
    try:
        form.check("text")
        slow = number_or_none(form.get("slow"))
        if "slow" in form and slow is None:
            raise Refused("room.pace", limit=names.SLOWEST)
        if "topic" in form:
            await rooms.set_topic(context, name, who, form.get("topic"))
        if "locked" in form:
            await rooms.set_lock(context, name, who, form.get("locked") == "1")
        if slow is not None:
            await rooms.set_slow(context, name, who, slow)
        if form.get("clear") == "1":
            if not await rooms.clear(context, name, who):
                raise NotFoundException()
            return done(request, "clear")
    except Refused as problem:
        return refusal(request, problem, form.typed)
    return done(request, "room")


@post("/notices", status_code=200)
async def notice(
    request: AnyRequest,
    services: NamedDependency[Services],
    moderator: NamedDependency[SignedIn],
    form: NamedDependency[Form],
) -> Response[Any]:
    """Say a line as the site."""
    name = known_room(form.get("room"))
    try:
        form.check("text")
        await rooms.notice(services.actions, name, moderator.moderator, form.get("text"))
    except Refused as problem:
        return refusal(request, problem, form.typed)
    return done(request, "notice")


def posted_message(form: Form) -> tuple[str, int]:
    """The room and number of the message that a form is about. Raises NotFoundException, ClientException."""
    return known_room(form.get("room")), number(form.get("seq"))


def known_room(text: str) -> str:
    """Raises NotFoundException for what is no room's name."""
    name = names.canonical(text)
    if name is None:
        raise NotFoundException()
    return name


async def known_author(room: str, seq: int) -> Author:
    """Raises NotFoundException where there was never such a message; Unavailable."""
    author = await origins.author(room, seq)
    if author is None:
        raise NotFoundException()
    return author


def minutes_of(form: Form) -> int:
    """Raises Refused: ban.minutes."""
    minutes = number_or_none(form.get("minutes"))
    if minutes is None:
        raise Refused("ban.minutes")
    return minutes


def wanted_ban(form: Form) -> Wanted:
    """Raises Refused: ban.minutes."""
    return Wanted(
        mode=form.get("mode"),
        minutes=minutes_of(form),
        reason=form.get("reason"),
        person=form.get("person") == "1",
        browser=form.get("browser") == "1",
        address=form.get("address") == "1",
        everywhere=form.get("everywhere") == "1",
    )


def is_doubtful(services: Services, address: str) -> bool:
    """Whether a ban on this address may hit people who have done nothing."""
    crowd = services.crowds.of(networks.network(address)).windows
    most = crowd > 1 and crowd * 2 > len(services.crowds.present)
    return bool(address) and (most or services.unnamed_proxy.stands_for_many(address))


def ask_again(
    request: AnyRequest, moderator: str, room: str, seq: int, wanted: Wanted, address: str
) -> Response[bytes]:
    """The same form once more, with what may go wrong."""
    context = {"room": room, "seq": seq, "wanted": wanted, "address": address}
    if is_htmx(request):
        body = renderer_of(request).render("moderation/_sure.html", scripted=True, **context)
        return Response(body, status_code=422, media_type=MediaType.HTML, headers=SHEET)
    return moderation_page(request, "sure.html", moderator=moderator, status=422, scripted=False, **context)


def refusal(request: AnyRequest, problem: Refused, typed: str) -> Response[bytes]:
    """The line that says what is wrong with a moderator's form."""
    renderer = renderer_of(request)
    line = errors.explain(problem, renderer.audience.language)
    if not is_htmx(request):
        return errors.fault_page(request, errors.status(problem), typed, line)
    body = renderer.render("shared/_alert.html", alert=line, id="office-alert")
    headers = {"HX-Retarget": "#office-alert", "HX-Reswap": "outerHTML"}
    return Response(body, status_code=422, media_type=MediaType.HTML, headers=headers)
