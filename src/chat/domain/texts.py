"""What may be said: a message's text, the links in it, and the key that makes it be said once."""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import NamedTuple
from urllib.parse import quote

from chat.domain import characters
from chat.domain.refusals import Refused

LIMIT = 200

_BREAKS = re.compile("\r\n|[\t-\r\x85\u2028\u2029]")
_KEY = re.compile("[A-Za-z0-9_-]{1,64}")

# The host must be plain: dotted, without user@ (it hides where a link leads), not cut out of a longer or foreign one.
# What follows it may have letters of scripts that put spaces: see `links`.
_LABEL = r"[a-z0-9](?:[a-z0-9-]*+(?<!-))"
_NAME = rf"(?:{_LABEL}\.)+(?:xn--[a-z0-9-]++|[a-z]{{2,}}+)"
_NUMBER = r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}+"
_LINK = re.compile(
    rf"(?<![a-z0-9])(?P<scheme>https?)://(?:{_NAME}|{_NUMBER})(?::[0-9]{{1,5}}+)?+"
    r"(?!\.?[a-z0-9_\u00c0-\u052f-]|[a-z0-9\-._~%!$&'()*+,;=:]*+@)"
    rf"(?:[/?#][a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%{characters.SPACED}]*+)?+",
    re.IGNORECASE | re.ASCII,
)
_TRAILING = ".,:;!?'*~(["
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_BRACKETS = {")": "(", "]": "["}


class Part(NamedTuple):
    """A stretch of a text; `href` is the http(s) address it links to, None where it is only text."""

    text: str
    href: str | None
    cut: bool = False
    """Something stands behind the link that could be read as more of its address."""


def clean(raw: str, *, limit: int = LIMIT) -> str:
    """The text as it is stored and shown: NFC, one line, trimmed, 1 to `limit` code points.

    Line breaks and tabs become spaces; control characters, lone surrogates and noncharacters are dropped.
    Raises Refused: text.empty (nothing in it can be seen), text.too_long (limit, length).
    """
    text = one_line(raw).strip()
    if not characters.any_visible(text):
        raise Refused("text.empty")
    if len(text) <= characters.LONGEST_SHRINKING * limit:
        text = unicodedata.normalize("NFC", text).strip()
    if len(text) > limit:
        raise Refused("text.too_long", limit=limit, length=len(text))
    return text


def one_line(raw: str) -> str:
    """The text with its breaks as spaces, without what no page and no feed can carry."""
    return characters.without_unstorable(_BREAKS.sub(" ", raw))


def key(raw: str | None) -> str:
    """The form's single-use key, 1 to 64 of A-Za-z0-9_-; a fresh one when the form has none.

    Raises Refused: key.invalid.
    """
    if not raw:
        return secrets.token_urlsafe(12)
    if not _KEY.fullmatch(raw):
        raise Refused("key.invalid")
    return raw


def links(text: str) -> list[Part]:
    """The text cut into links and what stands between them; joined again, the parts are the text.

    Where does an address end? Letters of scripts that put spaces between words belong to it: `…/wiki/Käse`,
    `…/wiki/Борщ`. Of scripts that put none nobody can tell: `https://zh.wikipedia.org/wiki/红烧肉` is an address,
    `https://example.com/很好` most often an address and praise, and browsers copy addresses in ASCII. So the link ends
    before them, leads to what it says, and is `cut`: the page draws a line around it, so that its end is plain.
    """
    parts, end = [], 0
    for match in _LINK.finditer(text):
        url = _without_trailing(match[0])
        if match.start() > end:
            parts.append(Part(text[end : match.start()], None))
        end = match.start() + len(url)
        href = match["scheme"].lower() + quote(url[len(match["scheme"]) :], safe=_ASCII)
        parts.append(Part(url, href, cut=_may_go_on(text, end)))
    if end < len(text):
        parts.append(Part(text[end:], None))
    return parts


def _may_go_on(text: str, end: int) -> bool:
    """Whether what stands there could be more of an address: a letter, an emoji, something that cannot be seen."""
    behind = text[end : end + 1]
    return not behind.isascii() and (unicodedata.category(behind)[0] in "LMNC" or unicodedata.category(behind) == "So")


def has_link(text: str) -> bool:
    """Whether a part of the text leads elsewhere."""
    return _LINK.search(text) is not None


def _without_trailing(url: str) -> str:
    """The address without the punctuation of the sentence around it, and brackets it did not open."""
    excess = {close: url.count(close) - url.count(opening) for close, opening in _BRACKETS.items()}
    while url[-1] in _TRAILING or excess.get(url[-1], 0) > 0:
        if url[-1] in excess:
            excess[url[-1]] -= 1
        url = url[:-1]
    return url
