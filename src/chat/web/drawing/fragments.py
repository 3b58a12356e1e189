"""The Jinja environment, and the one drawing of each thing."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import rcssmin
from babel.dates import format_date, format_time
from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.ext import InternationalizationExtension
from jinja2.parser import Parser

from chat.actions.events import Event
from chat.delivery.tail import Drawn
from chat.domain import seats, texts
from chat.web.http.languages import LANGUAGES, translations

HERE = Path(__file__).resolve().parents[2]
GROUP = timedelta(minutes=5)
"""Successive messages of one person within this time stand under one name."""
MANY = 100
"""Unread messages that are no longer counted: the windows of a busy room share few answers."""
HTMX = "/static/htmx-2.0.11.min.js"
HTMX_CONFIG = {
    "historyEnabled": False,
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "timeout": 30_000,
    "defaultSettleDelay": 0,
    "responseHandling": [{"code": "200|422", "swap": True}, {"code": ".", "swap": False, "error": True}],
}


class Sheet(str):
    """A style sheet of our own: it goes into a page as it is, and its hash into the page's policy."""

    __slots__ = ("source",)
    source: str

    def __new__(cls, name: str) -> "Sheet":
        sheet = super().__new__(cls, rcssmin.cssmin((HERE / "templates" / name).read_text()))
        sheet.source = f"'sha256-{b64encode(sha256(sheet.encode()).digest()).decode()}'"
        return sheet

    def __html__(self) -> str:
        return self


class Fragment(bytes):
    """What a template of ours has drawn; it goes into another one as it is."""

    def __html__(self) -> str:
        return self.decode()


STYLE = Sheet("shared/style.css")
NO_SCRIPT_STYLE = Sheet("shared/noscript.css")


class TranslatedOnce(InternationalizationExtension):
    """Translates a text without variables when its template is compiled: every language has templates of its own."""

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        match parsed := super().parse(parser):
            case nodes.Output(nodes=[nodes.Call(node=nodes.Name(name="gettext"), args=[text], kwargs=[])]):
                translated: str = self.environment.catalogue.gettext(text.value)  # type: ignore[attr-defined]
                return nodes.Output([nodes.TemplateData(translated % {})])
        return parsed


class Fragments:
    """Draws everything visitors see."""

    def __init__(self, timezone: tzinfo) -> None:
        self._timezone = timezone
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            auto_reload=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=[TranslatedOnce],
        )
        environment.extend(catalogue=translations(language))
        environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
        environment.filters |= {"tag": seats.tag, "colour": seats.colour, "links": texts.links}
        environment.globals |= {
            "lang": LANGUAGES[language].tag,
            "language": language,
            "languages": {code: spoken.name for code, spoken in LANGUAGES.items()},
            "style": STYLE,
            "noscript_style": NO_SCRIPT_STYLE,
            "htmx": HTMX,
            "htmx_config": json.dumps(HTMX_CONFIG, separators=(",", ":")),
            "clock": lambda at: format_time(at.astimezone(self._timezone), "short", locale=LANGUAGES[language].locale),
            "day": lambda at: format_date(at.astimezone(self._timezone), "full", locale=LANGUAGES[language].locale),
            "local": lambda at: at.astimezone(self._timezone).isoformat(timespec="minutes"),
            "public_name": seats.public_name,
        }
        return environment

    def render(self, template: str, language: str, context: Mapping[str, Any] | None = None) -> Fragment:
        """A template as bytes, in a language."""
        return Fragment(_template(self._environments[language], template).render(context or {}).encode())

    def draw(self, event: Event, before: Event | None, language: str) -> Drawn:
        """An event for everybody who reads this language; it knows no viewer and no request."""
        new_day = before is None or self._date(before.at) != self._date(event.at)
        context = {
            "event": event,
            "new_day": event.at if new_day else None,
            "more": not new_day and before and _continues(before, event),
        }
        line = self.render(f"events/{event.kind}.html", language, context)
        if event.kind == "removal":
            return Drawn(line, self.render("events/_removed.html", language, {"event": event}))
        return Drawn(line)

    def draw_all(self, events: list[Event], before: Event | None, language: str) -> list[Drawn]:
        """Successive events, drawn."""
        previous = [before, *events]
        return [self.draw(event, previous[number], language) for number, event in enumerate(events)]

    def day_above(self, first: Event | None, before: Event | None) -> datetime | None:
        """The day that must stand above a page, when its first event does not begin one."""
        return first.at if first and before and self._date(before.at) == self._date(first.at) else None

    def _date(self, at: datetime) -> Any:
        return at.astimezone(self._timezone).date()

    def poller(self, after: int, language: str, trigger: str, first: bool = False, told: bool = False) -> Fragment:
        """The sentinel: the window's cursor, and when it polls again; `told`: its title says what is unread."""
        context = {"after": after, "trigger": trigger, "first": first, "told": told}
        return self.render("polls/_poller.html", language, context)

    def title(self, room: str, unread: int, language: str) -> Fragment:
        """The page's title; it says how many messages are unread, unless they are too many to count."""
        return self.render("polls/_title.html", language, {"room": room, "unread": unread, "many": MANY})


@lru_cache(maxsize=256)
def _template(environment: Environment, name: str) -> Any:
    return environment.get_template(name)


def _continues(before: Event, event: Event) -> bool:
    return (
        before.kind == event.kind == "message"
        and before.seat == event.seat
        and before.nickname == event.nickname
        and event.at - before.at < GROUP
    )
