"""Headers of every answer, the origin check, and the client's address: one place for each."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope

from chat.domain.networks import network, plain
from chat.web.drawing.styles import DARK_STYLE, STYLE
from chat.web.http import frames
from chat.web.http.asgi import SERVICES

if TYPE_CHECKING:
    from wsgiref.headers import Headers

Header = tuple[bytes, bytes]

SWAP: Header = (b"hx-reswap", b"outerHTML")
ORIGIN = re.compile(r"https?://((?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d+)?)", re.IGNORECASE | re.ASCII)
"""What a browser sends: http or https, a host, perhaps a port."""
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PRIVATE = {"Cache-Control": "no-store"}
UNLISTED = {"X-Robots-Tag": "noindex"}
"""Of every page and feed, unless its handler says otherwise (`crawlers.robots`)."""


def policy(nonce: str | None = None, frames: str = "'self'") -> str:
    """The content security policy of a page; `nonce` lets in styles of its own: the rule that marks the visitor's
    messages, and the sheet for who has no script. `frames`: who may show it in a frame."""
    styles = f"{STYLE.source} {DARK_STYLE.source}" + (f" 'nonce-{nonce}'" if nonce else "")
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; connect-src 'self'; "
        f"manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-src 'self'; frame-ancestors {frames}"
    )


async def secure(message: Message, scope: Scope) -> None:
    """Before an answer of ours is sent: the headers it carries, whatever it says."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message)
    fragment = (b"hx-request", b"true") in scope["headers"]
    wanted = {"X-Content-Type-Options": "nosniff", **PRIVATE} if fragment else {**HEADERS, **PRIVATE, **UNLISTED}
    for name, value in wanted.items():
        headers.setdefault(name, value)
    if not fragment:
        headers.setdefault("Content-Security-Policy", policy())
    if frames.is_framed(scope["raw_path"]):
        secure_frame(headers, scope)
    if fragment:
        message["headers"] = unbroken(list(message["headers"]))


def secure_frame(headers: MutableScopeHeaders, scope: Scope) -> None:
    """An answer within another site: shown by the sites that the operator names; it tells nobody its address, and
    leaves no cookie but the one of its entrance."""
    origins = scope[SERVICES].settings.embed_origins  # type: ignore[literal-required]
    headers["Referrer-Policy"] = "no-referrer"
    if own := headers.get("Content-Security-Policy"):
        theirs = f"frame-ancestors {frames.ancestors(origins, scope['raw_path'])}"
        headers["Content-Security-Policy"] = own.replace("frame-ancestors 'self'", theirs)
    if frames.read(scope["raw_path"]) and "set-cookie" in headers:
        del headers["set-cookie"]


def unbroken(headers: list[Header]) -> list[Header]:
    """The headers of what htmx swaps in: the length first, the swap last.

    An answer over plain http that broke off among its headers is to some browsers a
    whole and empty one. Behind its length a browser can tell; before its swap, or with
    half of it, htmx changes nothing, because that is its default here (`HTMX_CONFIG`).
    """
    length = [header for header in headers if header[0].lower() == b"content-length"]
    swap = [header for header in headers if header[0].lower() == SWAP[0]]
    return [*length, *(header for header in headers if header not in (*length, *swap)), *(swap or [SWAP])]


def secure_static(headers: "Headers", path: str, url: str) -> None:
    """The headers of static files, for ServeStatic."""
    for name, value in HEADERS.items():
        headers[name] = value


async def same_origin(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard of every handler that changes something. Text browsers send neither header: SameSite guards them."""
    if connection.scope["method"] in SAFE_METHODS:  # type: ignore[typeddict-item]
        return
    sites = connection.headers.getall("sec-fetch-site", ["none"])
    origins = connection.headers.getall("origin", ["null"])
    host = connection.headers.get("host", "")
    if sites not in (["same-origin"], ["none"]) or (origins != ["null"] and not is_origin(origins, host)):
        raise PermissionDeniedException("foreign origin")


def is_origin(origins: list[str], host: str) -> bool:
    """Whether these are one origin, and well formed (RFC 6454, 7), and of this host and port."""
    origin = ORIGIN.fullmatch(origins[0])
    return len(origins) == 1 and origin is not None and origin[1].lower() == host.lower()


def host_of(url: str) -> str:
    """The host and port that an address names; empty when it names none or cannot be read."""
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def address(connection: ASGIConnection) -> str:  # type: ignore[type-arg]
    """The client's network address; behind a trusted proxy, the one that the proxy names."""
    return plain(connection.client.host) if connection.client else ""


def network_of(scope: Mapping[str, Any]) -> str:
    """The network of the client's address; empty where none is known."""
    client = scope["client"]
    return network(client[0]) if client else ""
