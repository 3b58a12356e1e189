"""The room's page."""

import secrets
from typing import Any

from litestar import Response, get
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import FromPath
from litestar.response import Redirect

from chat.actions import messages as actions
from chat.domain import texts
from chat.domain.events import Quote
from chat.domain.presence import shown
from chat.domain.refusals import Refused
from chat.storage import held, rooms
from chat.web.crawlers import SHARED_IMAGE, robots
from chat.web.drawing.audiences import city
from chat.web.http import forms
from chat.web.http.forms import NOTHING, Unsent
from chat.web.http.requests import (
    AnyRequest,
    audience_of,
    cookies_of,
    find_window,
    is_plain,
    kept_cookie,
    key_cookie,
    last_nickname,
    refuse_banned,
    site_of,
)
from chat.web.http.security import address, policy
from chat.web.http.services import Services
from chat.web.http.themes import theme_of
from chat.web.http.windows import KEY_COOKIE, SCRIPT_COOKIE, Window, entry_path, page_path
from chat.web.polls.answer import TRIGGER_NOW
from chat.web.room.draft import forgets_draft, kept_draft
from chat.web.room.entry import canonical, has_last_slash, take_seat
from chat.web.room.excerpt import Excerpt, newest

MOST_TRIES = 2
"""Seats that are given to who brings no cookie back; then their browser refuses cookies."""


@get("/r/{room:str}/{seat:str}/")
async def page(
    request: AnyRequest, services: NamedDependency[Services], room: FromPath[str], seat: FromPath[str]
) -> Response[Any]:
    """The room, for the seat's holder; a reading page for who refuses cookies; else a seat of one's own."""
    name = canonical(room)
    if name != room:
        return Redirect(entry_path(name), status_code=303)
    if not has_last_slash(request):
        return Redirect(page_path(name, seat), status_code=308)
    if window := find_window(request):
        await refuse_banned(request, name, seat, window.browser)
        answer = await own_page(request, services, window)
        if (choice := forms.query(request).get("script")) in ("off", "on"):
            answer.set_cookie(chosen(request, window, choice))
        return answer
    await refuse_banned(request, name, seat, seat)
    tries = services.seats.tries(seat, forms.query(request).get("new", ""))
    if 0 < tries < MOST_TRIES:  # who refuses cookies, or a friend who follows a link that was shared at once
        return await take_seat(request, services, name, tries + 1)
    if tries:
        reader = Window(name, seat, seat, audience_of(request))
        return await newest_page(request, services, reader, seated=False)
    return Redirect(entry_path(name), status_code=303)


async def own_page(request: AnyRequest, services: Services, window: Window) -> Response[bytes]:
    """The page as its address asks for it: with what is replied to, if anything."""
    reply_to = forms.number_or_none(forms.query(request).get("reply", ""))
    return await newest_page(request, services, window, unsent=Unsent(reply_to=reply_to))


def chosen(request: AnyRequest, window: Window, choice: str) -> Cookie:
    """The cookie by which a window goes on without the script, as its visitor chose; "on" removes it."""
    cookie = Cookie(SCRIPT_COOKIE, value=choice, path=window.path, **kept_cookie(request))
    if choice == "on":
        cookie.max_age = 0
    return cookie


async def newest_page(
    request: AnyRequest,
    services: Services,
    window: Window,
    *,
    seated: bool = True,
    unsent: Unsent = NOTHING,
    status: int = 200,
) -> Response[bytes]:
    """The page with the newest messages. `seated`: its reader may write. Raises Unavailable."""
    tail = await services.hub.newest(window.room)
    excerpt = newest(services.renderers[tail.admit(window.audience)], tail, services.sizes.entry_page)
    return await room_page(request, services, window, excerpt, seated=seated, unsent=unsent, status=status)


async def room_page(
    request: AnyRequest,
    services: Services,
    window: Window,
    excerpt: Excerpt,
    *,
    seated: bool = True,
    unsent: Unsent = NOTHING,
    older: bool = False,
    marked: int | None = None,
    status: int = 200,
) -> Response[bytes]:
    """A window's page; `older`: it shows a past that does not go on; `marked`: the message it is about.

    Raises Unavailable, and Refused when its person has given the seat up.
    """
    renderer = services.renderers[window.audience]
    state, nickname, has_left = await rooms.entered(window.room, window.seat)
    if has_left:
        raise Refused("person.left")
    nonce = secrets.token_urlsafe(9)
    say, rename = boxes(request, unsent, nickname)
    key = kept_key(request)
    waiting = await held.of_person(window.room, window.seat) if services.actions.words.holds and seated else ()
    replied = await actions.find(window.room, unsent.reply_to) if unsent.reply_to else None
    indexing = "noindex" if seated else robots(services, window.room)
    body = renderer.render(
        "room/room.html",
        **here_and_now(request, services, window),
        state=state,
        seated=seated,
        plain=seated and is_plain(request),
        earlier=older,
        **excerpt.shown(),
        poller=renderer.poller(excerpt.last, TRIGGER_NOW, first=True),
        nonce=nonce,
        robots=indexing,
        image=SHARED_IMAGE,
        key=key,
        waiting=waiting,
        fresh=False,
        reply=Quote.of(replied) if replied else None,
        marked=marked,
        nickname=nickname,
        say=say,
        rename=rename,
        wait=unsent.wait,
    )
    return Response(
        body,
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": policy(nonce), "X-Robots-Tag": indexing, "Link": feed_link(window.room)},
        cookies=[key_cookie(request, window, key), *forgets_draft(request, window.path)] if seated else [],
    )


def here_and_now(request: AnyRequest, services: Services, window: Window) -> dict[str, Any]:
    """What a window's page shows of its visitor, whatever it shows of the log."""
    return {
        "room": window.room,
        "seat": window.seat,
        "here": shown(services.presence.count_with(window.room, window.seat)),
        "address": address(request),
        "whose_hour": whose_hour(request, services, window),
        "theme": theme_of(request),
        "site": site_of(request),
        "embedded": window.frame is not None,
    }


def boxes(request: AnyRequest, unsent: Unsent, nickname: str | None) -> tuple[Unsent, Unsent]:
    """What stands in the message's box and in the nickname's, and by them."""
    say, rename = unsent.of("text"), unsent.of("nickname")
    if unsent.field != "text":
        say = say._replace(typed=kept_draft(request))
    if not (nickname or rename.alert):
        rename = rename._replace(typed=last_nickname(request))
    return say, rename


def feed_link(room: str) -> str:
    """Leads feed readers to the room's feed. Not in the page: lynx would show it before everything else."""
    return f'<{entry_path(room).rstrip("/")}.atom>; rel="alternate"; type="application/atom+xml"'


def whose_hour(request: AnyRequest, services: Services, window: Window) -> str:
    """The city whose hour the page shows."""
    told = services.windows.audiences.hour(request.headers.get("accept-language", ""), cookies_of(request))
    return city(told.zone, window.language)


def kept_key(request: AnyRequest) -> str:
    """The key of the composer that this window got last; a new one when it had none."""
    try:
        return texts.key(cookies_of(request).get(KEY_COOKIE))
    except Refused:
        return new_key()


def new_key() -> str:
    """A form's single-use key."""
    return secrets.token_urlsafe(12)
