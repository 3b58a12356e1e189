"""A room's log as a file: jsonl for programs, txt and html for people."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any

from chat.domain import seats, texts
from chat.domain.events import Event, Lock, Message, Notice, Removal, Rename, Slow, Topic
from chat.web.drawing.environment import environment
from chat.web.http.languages import translations

FORMATS = ("jsonl", "txt", "html")
LINES = "\0"
"""Where the lines go. No text of a visitor holds a NUL."""
Writing = Callable[[Event], str]


def fields(event: Event) -> dict[str, Any]:
    """What an export tells of an event: `docs/privacy.md` has it field by field."""
    told: dict[str, Any] = {"seq": event.seq, "at": event.at.astimezone(UTC).isoformat(), "kind": event.kind}
    match event:
        case Message():
            told |= {"by": seats.tag(event.seat) if event.seat else None, "nickname": event.nickname}
            told |= {"text": event.text, "erased": event.erased, "reply_to": event.quote.seq if event.quote else None}
        case Rename():
            told |= {"by": seats.tag(event.seat) if event.seat else None, "old": event.old, "new": event.new}
        case Removal():
            told |= {"target": event.target}
        case Notice() | Topic():
            told |= {"text": event.text}
        case Lock():
            told |= {"locked": event.locked}
        case Slow():
            told |= {"seconds": event.seconds}
    return told


def writing(form: str, room: str, language: str = "en") -> tuple[str, Writing, str]:
    """What stands at the beginning of an export, how an event is written, and what stands at the end."""
    if form == "jsonl":
        return "", lambda event: json.dumps(fields(event), ensure_ascii=False) + "\n", ""
    if form == "txt":
        return "", lambda event: "".join(_line(event, language)), ""
    templates = environment(language)
    page = templates.get_template("export/page.html").render(room=room, lines=LINES)
    line = templates.get_template("export/line.html")
    head, _, foot = page.partition(LINES)
    return head, lambda event: "".join(line.render(shown) + "\n" for shown in _shown(event, language)), foot


def _line(event: Event, language: str) -> Iterator[str]:
    for shown in _shown(event, language):
        yield "\t".join((shown["at"], texts.one_line(shown["by"]), texts.one_line(shown["text"]))) + "\n"


def _shown(event: Event, language: str) -> Iterator[dict[str, Any]]:
    """What people read of an event: messages, renames, notices and topics."""
    words = translations(language).gettext
    at = event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    common = {"seq": event.seq, "at": at, "by": "", "erased": False, "re": None}
    match event:
        case Message():
            by = f"{event.nickname or words('Anonymous')}#{seats.tag(event.seat)}" if event.seat else words("Forgotten")
            text = words("This message was removed") if event.erased else event.text
            re = event.quote.seq if event.quote else None
            yield common | {"by": by, "text": text, "erased": event.erased, "re": re}
        case Rename(seat=seat) if seat:
            old, new = (name or words("Anonymous") for name in (event.old, event.new))
            yield common | {"by": f"{old}#{seats.tag(seat)}", "text": f"→ {new}"}
        case Notice() | Topic():
            yield common | {"text": event.text}
