"""Which characters count as what: shared by nicknames, texts and room names.

The sets are bodies of regular expression classes. Code points that Unicode has not assigned yet are in none
of them (but for those it reserves as ignorable): they are emoji newer than Python's tables.
"""

from __future__ import annotations

import re
import unicodedata

# Unicode's White_Space. Not str.isspace(), which also takes the control characters U+001C to U+001F.
WHITE_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

CONTROLS = "\x00-\x1f\x7f-\x9f"
SURROGATES = "\ud800-\udfff"
PRIVATE_USE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)

# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt): bidi controls, zero-width characters,
# Hangul fillers, variation selectors, tags.
IGNORABLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

# No property names these, yet they are drawn as nothing: the Braille blank, the annotation and object
# anchors, the null notehead.
BLANKS = "\u2800\ufff9-\ufffc\U0001d159"

# Letters, their marks and digits beyond ASCII, of scripts that put spaces between words: Latin to Sinhala, Georgian,
# Ethiopic, Latin and Greek again. Not of Chinese, Japanese, Korean (particles), Thai, Lao, Khmer, Burmese, Tibetan.
_SPACED_BLOCKS = (range(0xC0, 0xE00), range(0x10A0, 0x1100), range(0x1200, 0x1380), range(0x1E00, 0x2000))
SPACED = "".join(
    letter
    for block in _SPACED_BLOCKS
    for letter in map(chr, block)
    if unicodedata.category(letter) in ("Lu", "Ll", "Lm", "Lo", "Mn", "Mc", "Nd") and letter != "\u034f"
)

INVISIBLE = re.compile(f"[{IGNORABLE}{BLANKS}]")

_UNSTORABLE = re.compile(f"[{CONTROLS}{SURROGATES}{NONCHARACTERS}]")
_VISIBLE = re.compile(f"[^{WHITE_SPACE}{CONTROLS}{SURROGATES}{NONCHARACTERS}{IGNORABLE}{BLANKS}]")
_SPACES = re.compile(f"[{WHITE_SPACE}]+")


LONGEST_SHRINKING = 4
"""Code points of which normalization makes one, at most. It takes quadratic time over marks: what is too long anyway
is not normalized."""


def fold_space(text: str) -> str:
    """The text trimmed, every run of white space (line breaks too) one space."""
    return _SPACES.sub(" ", text).strip(" ")


def without_unstorable(text: str) -> str:
    """The text without control characters, lone surrogates and noncharacters, which no page can carry."""
    return _UNSTORABLE.sub("", text)


def any_visible(text: str) -> bool:
    """Whether anything of the text leaves a mark on the screen."""
    return _VISIBLE.search(text) is not None
