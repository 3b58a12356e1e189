"""Whether a request comes from a moderator."""

from typing import Any

from litestar.connection import ASGIConnection

from chat.actions import moderators as actions
from chat.storage.moderators import SignedIn
from chat.web.http.frames import is_framed
from chat.web.http.services import services_of
from chat.web.http.windows import read_cookies

SESSION_COOKIE = "moderator"


async def moderator_of(connection: ASGIConnection[Any, Any, Any, Any]) -> SignedIn | None:
    """The moderator who is signed in; of nearly everybody nothing is asked. Raises Unavailable."""
    token = session_of(connection)
    return await actions.signed_in(services_of(connection).actions, token) if token else None


def session_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The token in its cookie, if we signed that. Nobody is a moderator in a frame on another site."""
    if is_framed(connection.scope["raw_path"]):
        return None
    cookies = read_cookies(connection.headers.get("cookie", "").encode("latin-1"))
    cookie = cookies.get(SESSION_COOKIE, "")
    return services_of(connection).seats.session(cookie) if cookie else None
