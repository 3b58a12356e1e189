"""Signing in by a link that is good once, and out."""

from typing import Any

from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from chat.actions import moderators as actions
from chat.domain import seats
from chat.domain.moderators import SESSION_TIME
from chat.storage.moderators import SignedIn, Used
from chat.web.http.moderators import SESSION_COOKIE, moderator_of, session_of
from chat.web.http.requests import AnyRequest, cookies_of, kept_cookie
from chat.web.http.services import Services
from chat.web.http.windows import BROWSER_COOKIE
from chat.web.moderation.guard import HOME
from chat.web.moderation.page import moderation_page

LONGEST_TOKEN = 100


@get("/moderation/")
async def home(request: AnyRequest) -> Response[Any]:
    """The first page for moderators; to others, how to become one."""
    if await moderator_of(request):
        return Redirect("/moderation/messages", status_code=303)
    return moderation_page(request, "closed.html", status=403)


@get("/moderation/link/{token:str}")
async def link(request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]) -> Response[Any]:
    """The page of a link: one button. Looking at it does not use it up."""
    return await look(request, services, token)


async def look(request: AnyRequest, services: Services, token: str) -> Response[Any]:
    state = await actions.look(services.actions, token[:LONGEST_TOKEN])
    return moderation_page(request, "link.html", status=200 if state is Used.OPEN else 403, state=state.name)


@post("/moderation/link/{token:str}", status_code=200)
async def sign_in(request: AnyRequest, services: NamedDependency[Services], token: FromPath[str]) -> Response[Any]:
    """Sign this browser in, and any earlier session of it out."""
    known = services.seats.browser(cookies_of(request).get(BROWSER_COOKIE, ""))
    browser = known or seats.new_id()
    entered = await actions.sign_in(services.actions, token[:LONGEST_TOKEN], browser)
    if entered is None:
        return await look(request, services, token)
    if (before := session_of(request)) and (old := await moderator_of(request)):
        await actions.sign_out(services.actions, before, old.moderator)
    kept = kept_cookie(request)
    session = Cookie(SESSION_COOKIE, value=services.seats.session_cookie(entered.token), path="/", **kept)
    session.max_age = int(SESSION_TIME.total_seconds())
    named = Cookie(BROWSER_COOKIE, value=services.seats.browser_cookie(browser), path="/", **kept)
    return Redirect(HOME, status_code=303, cookies=[session] if known else [session, named])


@post("/sign-out", status_code=200)
async def sign_out(
    request: AnyRequest, services: NamedDependency[Services], moderator: NamedDependency[SignedIn]
) -> Response[Any]:
    """Sign this browser out."""
    await actions.sign_out(services.actions, session_of(request) or "", moderator.moderator)
    gone = Cookie(SESSION_COOKIE, value="", path="/", max_age=0)
    return Redirect(HOME, status_code=303, cookies=[gone])
