"""What a request says of its visitor: language, cookies, window, where it came from."""

from typing import Any
from urllib.parse import unquote, urlsplit

from litestar import Request
from litestar.exceptions import PermissionDeniedException

from chat.domain import nicknames
from chat.domain.refusals import Refused
from chat.web.http.languages import choose
from chat.web.http.security import host_of
from chat.web.http.windows import NICKNAME_COOKIE, Window, Windows, read_cookies

AnyRequest = Request[Any, Any, Any]


def cookies_of(request: AnyRequest) -> dict[str, str]:
    return read_cookies(request.headers.get("cookie", "").encode("latin-1"))


def language_of(request: AnyRequest) -> str:
    return choose(request.headers.get("accept-language", ""), cookies_of(request).get("language", ""))


def last_nickname(request: AnyRequest) -> str:
    """The nickname last used in this browser; empty when there is none, or none that may be had."""
    try:
        return nicknames.clean(unquote(cookies_of(request).get(NICKNAME_COOKIE, ""))) or ""
    except Refused:
        return ""


def is_htmx(request: AnyRequest) -> bool:
    """Whether the answer is swapped into a page."""
    return request.headers.get("hx-request") == "true"


def find_window(request: AnyRequest) -> Window | None:
    """The window whose seat the address names and whose cookie came along."""
    windows: Windows = request.app.state.windows
    headers = request.headers
    return windows.find(
        request.scope["raw_path"],
        headers.get("cookie", "").encode("latin-1"),
        headers.get("accept-language", "").encode("latin-1"),
    )


def own_window(request: AnyRequest, typed: str = "") -> Window:
    """The request's window. Raises PermissionDeniedException, with what was typed, without the seat's cookie."""
    window = find_window(request)
    if window is None:
        raise PermissionDeniedException(extra={"typed": typed})
    return window


def back(request: AnyRequest) -> str:
    """Where a fault leads back to: the room of the address, else the front page."""
    parts = request.scope["raw_path"].decode("latin-1").split("/")
    return f"/r/{parts[2]}/" if len(parts) > 2 and parts[1] == "r" and parts[2] else "/"


def came_from(request: AnyRequest) -> str:
    """The page of ours that the visitor came from, else the front page."""
    referer = request.headers.get("referer", "")
    ours = host_of(referer) and host_of(referer) == request.headers.get("host", "").lower()
    path = urlsplit(referer).path if ours else ""
    path = path if path.startswith("/r/") else "/"
    return path.removesuffix("messages").removesuffix("nickname")
