"""The one guard of /moderation: nobody but moderators who are signed in."""

from typing import Any

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.response import Redirect

from chat.storage.moderators import SignedIn
from chat.web.http.errors import fault_page
from chat.web.http.moderators import moderator_of
from chat.web.http.requests import AnyRequest
from chat.web.http.security import SAFE_METHODS

HOME = "/moderation/"
FOUND = "moderator"
"""Where a scope keeps whom the guard has found."""

IN_FRAMES = {"iframe", "frame", "embed", "object", "fencedframe"}
"""What a browser says (Sec-Fetch-Dest) of a page that it loads into another."""


class NotSignedIn(Exception):
    """Somebody asks for what is for moderators alone."""


async def moderators_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Raises NotSignedIn, Unavailable; PermissionDeniedException in a frame: what somebody has laid over it could
    lead a moderator's hand."""
    if connection.headers.get("sec-fetch-dest") in IN_FRAMES:
        raise PermissionDeniedException("in a frame")
    found = await moderator_of(connection)
    if found is None:
        raise NotSignedIn
    connection.state[FOUND] = found


def signed_in(request: AnyRequest) -> SignedIn:
    """Whom the guard has found."""
    found: SignedIn = request.state[FOUND]
    return found


def on_not_signed_in(request: AnyRequest, _: NotSignedIn) -> Response[Any]:
    """To a page that says how to sign in; a form is refused."""
    if request.scope["method"] in SAFE_METHODS:
        return Redirect(HOME, status_code=303)
    return fault_page(request, 403)
