"""Drawing an event: once a language, and never so that it stops a room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
import structlog

from chat.domain.events import KINDS, Event, Message
from chat.web.drawing.audiences import audience
from chat.web.drawing.events import Drawing

AT = datetime(2026, 11, 26, 22, 49, tzinfo=UTC)
LONDON = audience("en", ZoneInfo("Europe/London"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_class_of_its_own_and_a_template(kind: str):
    from chat.web.drawing.environment import environment

    assert KINDS[kind].kind == kind
    environment("en").get_template(f"events/{kind}.html")


def test_an_event_whose_template_fails_is_an_empty_line_that_keeps_its_number():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Ghost(Event):
        """A kind that has no template."""

        kind: ClassVar[str] = "ghost"

    del KINDS["ghost"]
    drawing, ghost = Drawing(), Ghost(room="lobby", seat="seat", seq=7, at=AT)
    with structlog.testing.capture_logs() as logged:
        lines = [drawing.fill(drawing.outline(ghost, language), ghost, None, LONDON).line for language in ("en", "zh")]
    assert lines == [b'<li id="m7" data-seq="7" hidden></li>'] * 2
    assert [(line["event"], line["seq"]) for line in logged] == [("event not drawn", 7)]


def test_one_outline_serves_every_hour():
    drawing = Drawing()
    message = Message(room="lobby", seat="seat", seq=1, at=AT, text="hi")
    outline = drawing.outline(message, "en")
    lines = [
        drawing.fill(outline, message, None, audience("en", ZoneInfo(zone))).line.decode()
        for zone in ("Europe/London", "Asia/Kathmandu")
    ]
    assert '<time datetime="2026-11-26T22:49+00:00">10:49\u202fPM</time>' in lines[0]
    assert '<time datetime="2026-11-27T04:34+05:45">4:34\u202fAM</time>' in lines[1]
    assert "Thursday, November 26, 2026" in lines[0]
    assert "Friday, November 27, 2026" in lines[1]
