"""The room's page."""

import secrets
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response
from litestar.enums import MediaType

from chat.web.answers import AT_ONCE
from chat.web.catch_up import earlier
from chat.web.fragments import Fragment
from chat.web.house import House
from chat.web.security import address, policy
from chat.web.windows import Window

MESSAGES = 50
"""Messages on entry."""


@dataclass(frozen=True)
class Draft:
    """What a refused form gets back: the line by its box, and what was typed."""

    text: str = ""
    say_alert: str = ""
    nickname: str = ""
    nickname_alert: str = ""


async def room_page(
    house: House,
    request: Request[Any, Any, Any],
    window: Window,
    *,
    seated: bool = True,
    draft: Draft | None = None,
    before: int | None = None,
    status: int = 200,
) -> Response[bytes]:
    """The page of a window: the newest messages, or those before a number. Raises the database's errors."""
    draft = draft or Draft()
    if before is None:
        tail = await house.delivery.newest(window.room)
        drawn, ahead = tail.page(window.language, MESSAGES)
        lines, first, last = [Fragment(event.line) for event in drawn], ahead + 1, tail.last
    else:
        lines, first = await earlier(house, window.room, before, window.language)
        last = before - 1
    nickname = await house.log.nickname(window.seat)
    nonce = secrets.token_urlsafe(9)
    body = house.fragments.render(
        "room.html",
        window.language,
        {
            "room": window.room,
            "seat": window.seat,
            "seated": seated,
            "earlier": before is not None,
            "lines": lines,
            "first": first,
            "poller": house.fragments.poller(last, window.language, AT_ONCE, first=True),
            "address": address(request),
            "nonce": nonce,
            "key": secrets.token_urlsafe(12),
            "fresh": False,
            "text": draft.text,
            "say_alert": draft.say_alert,
            "nickname": nickname,
            "typed": draft.nickname,
            "alert": draft.nickname_alert,
        },
    )
    headers = {"Content-Security-Policy": policy(nonce)}
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)
