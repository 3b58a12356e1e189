"""Reading a name as a hurried reader would: which plain letters a disguised word passes for."""

from __future__ import annotations

import json
import re
import unicodedata
from importlib import resources

# What is written for a letter on purpose; i, l, 1, | and ! are one letter, as no font keeps them apart.
_WRITTEN_FOR = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t"}
_WRITTEN_FOR |= {"@": "a", "$": "s", "!": "i", "|": "i", "l": "i", "統": "统", "員": "员", "貟": "员", "糸": "系"}
_WRITTEN_FOR |= {"¡": "i", "п": "n"}

_NAMED = re.compile(
    r"(?:LATIN (?:SMALL LETTER|CAPITAL LETTER|LETTER SMALL CAPITAL)|REGIONAL INDICATOR SYMBOL LETTER)"
    r" ([A-Z])(?: WITH .*)?$"
)


def plain(name: str) -> str:
    """The letters a name passes for: no case, width, accents, separators or lookalikes from other scripts.

    Only for comparing with another plain(): "Аdmln", "a d m i n" and "ᴀᴅᴍ1ɴ" all give the same.
    """
    # r and n set close pass for m (Unicode's confusables).
    return letters(name).replace("rn", "m")


def letters(text: str) -> str:
    """The same, letter by letter: what it gives for a text is what it gives for each character, one after the other."""
    return "".join(filter(str.isalnum, "".join(_letter(c) for c in _without_marks(text))))


def _without_marks(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if unicodedata.category(c)[0] not in "MC")


def _letter(character: str) -> str:
    for form in (character, character.casefold(), character.upper()):
        if form in _LOOKALIKES:
            return _LOOKALIKES[form]
    named = _NAMED.search(unicodedata.name(character, ""))
    letter = (named[1] if named else character).casefold()
    return _LOOKALIKES.get(letter, letter)


def _spelt(lookalike: str) -> str:
    """A lookalike in plain letters, as "ø" is given as "o" with a stroke; empty when it is not Latin."""
    letters = "".join(_WRITTEN_FOR.get(c, c) for c in _without_marks(lookalike).casefold())
    return letters if letters.isascii() and letters.isalpha() else ""


def _lookalikes() -> dict[str, str]:
    """Characters to the Latin letters they look like: Unicode's confusables.txt (UTS 39).

    The package keeps the data; its functions answer other questions, so only its file is read.
    """
    file = resources.files("confusable_homoglyphs") / "confusables.json"
    table = {}
    for character, lookalikes in json.loads(file.read_text(encoding="utf-8")).items():
        letters = next(filter(None, (_spelt(each["c"]) for each in lookalikes)), "")
        if letters and not character.isascii():
            table[character.strip("\u200e")] = letters
    return table | _WRITTEN_FOR


_LOOKALIKES = _lookalikes()
