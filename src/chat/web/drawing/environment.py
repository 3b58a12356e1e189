"""The templates: one Jinja environment a language."""

import json
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.ext import InternationalizationExtension
from jinja2.parser import Parser

from chat.domain import mentions, seats
from chat.web.drawing.styles import (
    DARK_STYLE,
    EMBEDDED_STYLE,
    MODERATION_STYLE,
    NO_SCRIPT_STYLE,
    ROOMS_STYLE,
    STYLE,
    TEMPLATES,
)
from chat.web.http.languages import LANGUAGES, translations

HTMX = "/static/htmx-2.0.11.min.js"
HTMX_CONFIG = {
    "historyEnabled": False,
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "timeout": 30_000,
    "defaultSwapStyle": "none",  # the answer names the swap: see `security.unbroken`
    "defaultSettleDelay": 0,
    "scrollIntoViewOnBoost": False,
    "responseHandling": [{"code": "200|422", "swap": True}, {"code": ".", "swap": False, "error": True}],
}


class TranslatedOnce(InternationalizationExtension):
    """Translates a text without variables when its template is compiled: every language has templates of its own."""

    def parse(self, parser: Parser) -> nodes.Node | list[nodes.Node]:
        match parsed := super().parse(parser):
            case nodes.Output(nodes=[nodes.Call(node=nodes.Name(name="gettext"), args=[text], kwargs=[])]):
                translated: str = self.environment.catalogue.gettext(text.value)  # type: ignore[attr-defined]
                return nodes.Output([nodes.TemplateData(translated % {})])
        return parsed


@lru_cache
def environment(language: str) -> Environment:
    """The environment of a language, its templates compiled."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[TranslatedOnce],
    )
    made.extend(catalogue=translations(language))
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.filters |= {"tag": seats.tag, "colour": seats.colour, "pieces": mentions.pieces}
    made.globals |= {
        "lang": LANGUAGES[language].tag,
        "language": language,
        "languages": {code: spoken.name for code, spoken in LANGUAGES.items()},
        "style": STYLE,
        "dark_style": DARK_STYLE,
        "noscript_style": NO_SCRIPT_STYLE,
        "embedded_style": EMBEDDED_STYLE,
        "rooms_style": ROOMS_STYLE,
        "moderation_style": MODERATION_STYLE,
        "htmx": HTMX,
        "htmx_config": json.dumps(HTMX_CONFIG, separators=(",", ":")),
        "public_name": seats.public_name,
    }
    for name in made.list_templates(extensions=["html", "xml"]):
        made.get_template(name)
    return made
