"""A room's newest messages for programs: plain text, a line a message, and an Atom feed.

Reading them makes nobody: no seat, no cookie, no place, nothing stored.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import NamedTuple

from litestar import Response

from chat.domain import seats, texts
from chat.domain.events import Event, Message
from chat.storage import log
from chat.web.drawing.renderer import Renderer
from chat.web.http.languages import translations
from chat.web.http.requests import AnyRequest, renderer_of, site_of
from chat.web.http.services import Services
from chat.web.http.windows import entry_path

FORMS = {"txt": "text/plain", "atom": "application/atom+xml; charset=utf-8"}
"""How an address ends, and what it answers. Litestar adds the charset to what is text."""
NEVER = datetime.fromtimestamp(0, UTC)
"""When a room without events has changed last."""


class Entry(NamedTuple):
    """A message as a feed shows it."""

    seq: int
    at: str
    """ISO 8601 with its offset, UTC."""
    by: str
    """nickname#tag"""
    text: str
    erased: bool


async def answer(request: AnyRequest, services: Services, room: str, form: str) -> Response[bytes]:
    """The room in this form, or 304 for who has it already. Raises Unavailable."""
    found = await log.latest(room, 1)
    newest = found[0] if found else None
    renderer = renderer_of(request)
    headers = validators(newest, await log.first_seq(room), renderer.audience.language)
    if unchanged(request, headers):
        return Response(b"", status_code=304, media_type=FORMS[form], headers=headers)
    sizes, last = services.sizes, newest.seq if newest else 0
    messages = await log.newest_messages(room, last, sizes.feed_messages, sizes.feed_events)
    entries = as_entries(messages, renderer.audience.language)
    updated = iso(newest.at if newest else NEVER)
    body = (
        text(entries) if form == "txt" else atom(renderer, room, site_of(request) + entry_path(room), updated, entries)
    )
    return Response(body, media_type=FORMS[form], headers=headers)


def as_entries(messages: Sequence[Event], language: str) -> list[Entry]:
    """Messages as feeds show them, in this language, without anything that breaks a line or XML."""
    catalogue = translations(language)
    anonymous, removed = catalogue.gettext("Anonymous"), catalogue.gettext("This message was removed")
    nobody = catalogue.gettext("Forgotten")
    return [
        Entry(
            message.seq,
            iso(message.at),
            f"{texts.one_line(message.nickname or anonymous)}#{seats.tag(message.seat)}" if message.seat else nobody,
            removed if message.erased else texts.one_line(message.text),
            message.erased,
        )
        for message in messages
        if isinstance(message, Message) and not message.hidden
    ]


def text(entries: Sequence[Entry]) -> bytes:
    """A line a message, the newest last; tabs between time, person and text. What was removed is left out."""
    lines = [f"{entry.at}\t{entry.by}\t{entry.text}\n" for entry in reversed(entries) if not entry.erased]
    return "".join(lines).encode()


def atom(renderer: Renderer, room: str, home: str, updated: str, entries: Sequence[Entry]) -> bytes:
    """The Atom feed, the newest first. What was removed stays as an erased entry: readers put it over their copy."""
    return renderer.render("feeds/atom.xml", room=room, home=home, updated=updated, entries=entries)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def validators(newest: Event | None, first: int, language: str) -> dict[str, str]:
    """By what a reader tells that nothing has changed: every change of a room is an event, so the newest one names
    its state, with the first that is still kept. Its time is part of it: a restored backup gives numbers anew."""
    if newest is None:
        return {"ETag": f'W/"0-{language}"'}
    at = newest.at.astimezone(UTC)
    return {
        "ETag": f'W/"{newest.seq}-{first}-{int(at.timestamp() * 1_000_000):x}-{language}"',
        "Last-Modified": format_datetime(at, usegmt=True),
    }


def unchanged(request: AnyRequest, now: dict[str, str]) -> bool:
    """Whether the reader has what there is now (RFC 9110, 13.2.2): a tag, which is exact, goes before a date."""
    if (known := request.headers.get("if-none-match")) is not None:
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        return "*" in tags or now["ETag"].removeprefix("W/") in tags
    since = request.headers.get("if-modified-since")
    return bool(since and "Last-Modified" in now) and seconds(now["Last-Modified"]) <= seconds(since or "")


def seconds(date: str) -> float:
    """An HTTP date as seconds since 1970; long ago when it is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return float("-inf")
