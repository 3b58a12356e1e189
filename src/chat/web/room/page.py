"""The room's page."""

import secrets
from typing import NamedTuple

from litestar import Response
from litestar.enums import MediaType

from chat.web.drawing.fragments import Fragment
from chat.web.http.requests import AnyRequest, last_nickname
from chat.web.http.security import address, policy
from chat.web.http.services import House
from chat.web.http.windows import Window
from chat.web.polls.answer import AT_ONCE
from chat.web.polls.catch_up import earlier

MESSAGES = 50
"""Messages on entry."""


class Unsent(NamedTuple):
    """A form that was refused: which field it is about, what was typed there, and the line by its box."""

    field: str = ""
    typed: str = ""
    alert: str = ""

    def of(self, field: str) -> tuple[str, str]:
        """What a field's box holds, and the line by it."""
        return (self.typed, self.alert) if field == self.field else ("", "")


async def room_page(
    house: House,
    request: AnyRequest,
    window: Window,
    *,
    seated: bool = True,
    unsent: Unsent | None = None,
    before: int | None = None,
    status: int = 200,
) -> Response[bytes]:
    """The page of a window: the newest messages, or those before a number. Raises the database's errors."""
    if before is None:
        tail = await house.delivery.newest(window.room)
        drawn, ahead = tail.page(window.language, MESSAGES)
        lines, first, last = [Fragment(event.line) for event in drawn], ahead + 1, tail.last
        above = house.fragments.day_above(tail.find(first), tail.before(first))
    else:
        lines, first, above = await earlier(house, window.room, before, window.language)
        last = before - 1
    nickname = await house.log.nickname(window.seat)
    nonce = secrets.token_urlsafe(9)
    unsent = unsent or Unsent()
    text, say_alert = unsent.of("text")
    typed, alert = unsent.of("nickname")
    if not (nickname or alert):
        typed = last_nickname(request)
    body = house.fragments.render(
        "room/room.html",
        window.language,
        {
            "room": window.room,
            "seat": window.seat,
            "seated": seated,
            "earlier": before is not None,
            "lines": lines,
            "first": first,
            "above": above,
            "poller": house.fragments.poller(last, window.language, AT_ONCE, first=True),
            "address": address(request),
            "nonce": nonce,
            "key": secrets.token_urlsafe(12),
            "fresh": False,
            "text": text,
            "say_alert": say_alert,
            "nickname": nickname,
            "typed": typed,
            "alert": alert,
        },
    )
    headers = {"Content-Security-Policy": policy(nonce)}
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)
