"""Renders the templates for one audience."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chat.delivery.drawn import Drawn
from chat.domain.events import Event, Message
from chat.web.drawing.audiences import Audience, Audiences, audience, city, day
from chat.web.drawing.environment import environment
from chat.web.drawing.events import Drawing
from chat.web.http.forms import NOTHING
from chat.web.http.languages import LANGUAGES

KEY_SLOT = "\0key\0"


class Fragment(bytes):
    """What a template of ours has rendered; it goes into another one as it is."""

    def __html__(self) -> str:
        return self.decode()


class Renderer:
    """What visitors of one audience see."""

    def __init__(self, reads: Audience, drawing: Drawing, unread_cap: int) -> None:
        self.audience = reads
        self._drawing = drawing
        self._unread_cap = unread_cap
        self._environment = environment(reads.language)
        self._composer: list[bytes] | None = None

    def render(self, template: str, **context: Any) -> Fragment:
        """A template as bytes."""
        return Fragment(self._environment.get_template(template).render(context).encode())

    def draw_all(self, events: Sequence[Event], before: Event | None) -> list[Drawn]:
        """Successive events, drawn; `before`: the one that the first of them follows."""
        previous = [before, *events]
        return [self._draw(event, previous[number]) for number, event in enumerate(events)]

    def _draw(self, event: Event, before: Event | None) -> Drawn:
        outline = self._drawing.outline(event, self.audience.language)
        return self._drawing.fill(outline, event, before, self.audience)

    def day_above(self, first: Event | None, before: Event | None) -> str:
        """The day that must stand above a page; empty when its first event opens one."""
        if not first or not before or self.audience.date(before.at) != self.audience.date(first.at):
            return ""
        return self.day(first.at)

    def day(self, at: datetime) -> str:
        return day(self.audience, self.audience.date(at))

    def poller(self, after: int, trigger: str, *, first: bool = False, titled: bool = False) -> Fragment:
        """The list item that polls: the window's cursor, and when it polls again; `titled`: the window's title says
        what is unread."""
        return self.render("polls/_poller.html", after=after, trigger=trigger, first=first, titled=titled)

    def fresh_composer(self, key: str) -> bytes:
        """The composer with an empty box, for the next message. It is drawn once; only the key differs."""
        if self._composer is None:
            drawn = self.render("room/_composer.html", key=KEY_SLOT, refused=NOTHING, fresh=True)
            self._composer = drawn.split(KEY_SLOT.encode())
        return key.encode().join(self._composer)

    def here(self, count: str) -> Fragment:
        """How many are here, where a window shows another count."""
        return self.render("polls/_here.html", here=count, swap=True)

    def title(self, room: str, unread: int, *, mentioned: bool = False) -> Fragment:
        """The page's title; it says how many messages are unread, unless they are too many to count, and whether one
        of them mentions the visitor."""
        return self.render("polls/_title.html", room=room, unread=unread, many=self._unread_cap, mentioned=mentioned)


class Renderers(dict[Audience, Renderer]):
    """The renderer of each audience, made when it is first asked for."""

    def __init__(self, drawing: Drawing, unread_cap: int) -> None:
        super().__init__()
        self._drawing = drawing
        self._unread_cap = unread_cap

    def __missing__(self, reads: Audience) -> Renderer:
        renderer = self[reads] = Renderer(reads, self._drawing, self._unread_cap)
        return renderer


def warm_up() -> None:
    """Compile every template, and load what libraries load when they are first asked: no visitor waits for it."""
    now = datetime.now(UTC)
    message = Message(room="lobby", seat="seat", seq=1, at=now, text="https://example.org")
    for language in LANGUAGES:
        renderer = Renderers(Drawing(), 1)[audience(language, UTC)]
        renderer.draw_all([message], None)
        renderer.poller(1, "")
        renderer.day(now)
        city("Europe/Berlin", language)
    Audiences(None).choose("de-DE", {})
