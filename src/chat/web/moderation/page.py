"""The pages of /moderation, and what stands on each."""

import secrets
from typing import Any

from litestar import Response
from litestar.enums import MediaType

from chat.web.http.requests import AnyRequest, renderer_of
from chat.web.http.security import policy
from chat.web.http.themes import theme_of
from chat.web.moderation.done import forgotten, told

PAGE = 50
"""Rows of a table."""


def moderation_page(
    request: AnyRequest, template: str, *, moderator: str = "", status: int = 200, **context: Any
) -> Response[bytes]:
    """A page that no other site may frame. `moderator` is empty for who is not signed in."""
    nonce = secrets.token_urlsafe(9)
    renderer = renderer_of(request)
    done = told(request, renderer.audience.language)
    context |= {"moderator": moderator, "nonce": nonce, "done": done, "theme": theme_of(request)}
    body = renderer.render(f"moderation/{template}", **context)
    return Response(
        body,
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Content-Security-Policy": policy(nonce, frames="'none'")},
        cookies=forgotten(done),
    )
