"""What a person may be called."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from chat.domain import characters, joiners
from chat.domain.disguises import plain
from chat.domain.refusals import Refused

LIMIT = 10
DEFAULTS = ("匿名用户", "Anonymous")
RESERVED = ("系统", "管理员", "版主", "官方", "客服", "admin", "moderator", "system", "staff")

_FORBIDDEN = re.compile(
    f"[{characters.CONTROLS}{characters.SURROGATES}{characters.NONCHARACTERS}{characters.PRIVATE_USE}]"
    f"|{characters.INVISIBLE.pattern}"
)

# Joiners and variation selectors within emoji (UTS 51), with whole blocks for what may be one, so that newer
# emoji pass. Of tag sequences, which can carry a hidden text, England's, Scotland's
# and Wales's flags.
_BASE = "[\xa9\xae\u2190-\u27ff\u2900-\u2bff\u3030\u303d\U0001f000-\U0001faff]"
_PICTURE = f"{_BASE}[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
_REGIONS = "|".join("".join(chr(0xE0000 + ord(c)) for c in region) for region in ("gbeng", "gbsct", "gbwls"))
_FLAG = f"\U0001f3f4(?:{_REGIONS})\U000e007f"
_EMOJI = re.compile(f"{_FLAG}|{_PICTURE}(?:\u200d{_PICTURE})*|[0-9#*]\ufe0f\u20e3")

# Two marks may pile up, and beside them what living languages spell with (चीज़ें, སྒྲོལ, မြို့): marks that stand
# next to the letter (Mc), the nukta (combining class 7), Tibetan letters below.
_PILE = re.compile("^[ms]|(?:s*m){3}|[ms]{5}")

_SELECTED = re.compile("(.)[\ufe0e\ufe0f]")


def clean(raw: str, *, reserved: tuple[str, ...] = RESERVED) -> str | None:
    """The nickname as it is stored and shown, or None for one of the default nicknames.

    NFKC, trimmed, inner white space one space, 1 to 10 code points. `reserved` are the words that no nickname
    may contain, in any disguise.
    Raises Refused: nickname.empty (nothing in it can be seen), nickname.characters (control, invisible or
    private ones), nickname.marks, nickname.too_long (limit, length), nickname.reserved.
    """
    name = _without_idle_selectors(characters.fold_space(raw))
    if len(name) <= characters.LONGEST_SHRINKING * LIMIT:
        name = joiners.without_idle(characters.fold_space(unicodedata.normalize("NFKC", name)))
    _refuse_characters(name)
    if len(name) > LIMIT:
        raise Refused("nickname.too_long", limit=LIMIT, length=len(name))
    if name.casefold() in map(str.casefold, DEFAULTS):
        return None
    if passes_for(name, reserved):
        raise Refused("nickname.reserved")
    return name


def passes_for(name: str, reserved: tuple[str, ...] = RESERVED) -> bool:
    """Whether a reserved word can be read in the name, its digits read as letters or passed over."""
    readings = plain(name), plain("".join(filter(str.isalpha, name)))
    return any(word in reading for word in _plain_words(reserved) for reading in readings)


@lru_cache
def _plain_words(words: tuple[str, ...]) -> list[str]:
    return list(filter(None, map(plain, words)))


def _refuse_characters(name: str) -> None:
    if not characters.any_visible(name):
        raise Refused("nickname.empty")
    if _FORBIDDEN.search(_EMOJI.sub("", joiners.without_spelling(name))):
        raise Refused("nickname.characters")
    if _stacked(name):
        raise Refused("nickname.marks")


def _stacked(name: str) -> bool:
    """Whether more than two marks pile up on a letter (or five in all hang on it), or one stands on none."""
    return _PILE.search("".join(map(_kind, name))) is not None


def _kind(character: str) -> str:
    """How a character hangs on the one before: "-" not at all, "s" for its spelling, "m" as one more mark."""
    category = unicodedata.category(character)
    if category[0] != "M":
        return "-"
    below = unicodedata.combining(character) == 7 or "\u0f8d" <= character <= "\u0fbc"
    return "s" if category == "Mc" or below else "m"


def _without_idle_selectors(raw: str) -> str:
    # NFKC makes letters of some emoji (U+24C2, U+3297); the selector that follows them then selects nothing.
    return _SELECTED.sub(lambda m: m[0] if unicodedata.is_normalized("NFKC", m[1]) else m[1], raw)
