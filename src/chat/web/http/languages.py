"""Which language a visitor reads, and its catalogue."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from babel import Locale
from babel.support import NullTranslations, Translations


class Language(NamedTuple):
    """A language that the chat speaks."""

    name: str
    """What it calls itself."""
    tag: str
    """What `<html lang>` says."""
    locale: Locale
    """How it writes times and days."""


LANGUAGES = {
    "zh": Language("中文", "zh-Hans", Locale.parse("zh_Hans_CN")),
    "en": Language("English", "en", Locale.parse("en")),
}
"""The first is for visitors who name none."""

CATALOGUES = Path(__file__).resolve().parents[2] / "locale"


LONGEST_READ = 200
"""Characters of an Accept-Language that are read."""


def choose(accept_language: str, chosen: str = "") -> str:
    """The language of a request: the visitor's choice, else the best of Accept-Language.

    Who names no language gets the first one; who names only others gets English.
    """
    return chosen if chosen in LANGUAGES else _best(accept_language[:LONGEST_READ])


@lru_cache(maxsize=4096)
def _best(accept_language: str) -> str:
    tags = wanted(accept_language)
    for tag, quality in tags:
        if quality > 0 and tag.split("-")[0] in LANGUAGES:
            return tag.split("-")[0]
    return "en" if any(tag != "*" for tag, _ in tags) else next(iter(LANGUAGES))


def wanted(accept_language: str) -> list[tuple[str, float]]:
    """The tags of an Accept-Language, in small letters, with their quality, the best first."""
    found = []
    for part in accept_language.lower().split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            found.append((tag.strip(), float(quality or 1)))
        except ValueError:
            continue
    return sorted(((tag, quality) for tag, quality in found if tag), key=lambda item: -item[1])


@lru_cache
def translations(language: str) -> NullTranslations:
    """The language's compiled catalogue."""
    return Translations.load(CATALOGUES, [language])
