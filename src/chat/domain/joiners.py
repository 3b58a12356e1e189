"""Joiners that belong to the spelling of a word, as Persian, Hindi and other languages write it."""

from __future__ import annotations

import re
import unicodedata

import idna

NON_JOINER, JOINER = "\u200c", "\u200d"
JOINERS = NON_JOINER + JOINER

SCRIPTS = {
    *("ARABIC", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA"),
    *("TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA"),
}
"""The scripts in use today that spell with them (UAX 31, 2.3.1), as characters' names begin."""

_JOINER = re.compile(f"[{JOINERS}]")
_REACH = 12
"""Characters on each side that are looked at: more marks do not pile up on a letter."""


def without_spelling(text: str) -> str:
    """The text without the joiners that its words are spelt with."""
    return _JOINER.sub(lambda found: "" if is_spelling(text, found.start()) else found[0], text)


def without_idle(text: str) -> str:
    """The text without joiners between letters that stand the same way without: some keyboards put them there."""
    return _JOINER.sub(lambda found: "" if _is_idle(text, found.start()) else found[0], text)


def is_spelling(text: str, at: int) -> bool:
    """Whether the joiner at this place changes how its word is written.

    RFC 5892, A.1 and A.2, as UAX 31 narrows them: what joins is of one script, no mark stands behind the joiner, and a
    non-joiner has a letter behind it.
    """
    script = _script_before(text, at)
    if script not in SCRIPTS or _is_mark(text, at + 1):
        return False
    behind = _script(text, at + 1)
    if behind != script and (behind or text[at] == NON_JOINER):
        return False
    begin = max(at - _REACH, 0)
    return idna.valid_contextj(text[begin : at + _REACH], at - begin)


def _is_idle(text: str, at: int) -> bool:
    script = _script_before(text, at)
    return script in SCRIPTS and _script(text, at + 1) == script and not is_spelling(text, at)


def _script_before(text: str, at: int) -> str:
    """The script of the letter before this place, whatever marks stand on it."""
    at -= 1
    while at > 0 and _is_mark(text, at):
        at -= 1
    return _script(text, at)


def _is_mark(text: str, at: int) -> bool:
    return at < len(text) and unicodedata.category(text[at])[0] == "M"


def _script(text: str, at: int) -> str:
    """The script of the letter at this place; empty where none is."""
    if not 0 <= at < len(text) or not text[at].isalpha():
        return ""
    return unicodedata.name(text[at], "").partition(" ")[0]
