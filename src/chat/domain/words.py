"""Words that a site does not want, found in a text however they are dressed up.

A line of the list is a word, or several with spaces between, or a `/pattern/` of RE2's syntax, which takes linear time.
In scripts with spaces a word is a whole word, so that Scunthorpe passes; in Chinese, Japanese and others that put no
spaces it is found within. What stands in a link is never looked at.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import re2

from chat.domain import spelling, texts
from chat.domain.refusals import Refused
from chat.domain.spelling import Dictionary, Found, Token

REFUSE, HOLD, MASK = "refuse", "hold", "mask"
ACTIONS = (REFUSE, HOLD, MASK)
"""What becomes of a text with such a word, the first that any asks for: it is refused, waits for a moderator, or shows
`MASKED` in the word's place."""
MASKED = "**"
LONGEST = 200
"""Characters of a line."""
MOST = 2_000
"""Lines of the list."""
PHRASE = 8
"""Words of a line, at most."""
PATTERN_BYTES = 1 << 20
"""Memory that a pattern may take."""


class Line(NamedTuple):
    """A line of the list, and what becomes of a text in which it is found."""

    text: str
    action: str


class Verdict(NamedTuple):
    """What becomes of a text: one of `ACTIONS`, or nothing. `text` is how it is shown."""

    action: str
    text: str


class Words:
    """The list, ready to be looked for."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.replace(lines)

    def replace(self, lines: Iterable[Line]) -> None:
        """From now on these are looked for; a line that this version cannot read is none."""
        self._whole, self._within = Dictionary(), Dictionary()
        self._patterns: list[tuple[Any, str]] = []
        self._phrase = 1
        self.holds = False
        """Whether a text may have to wait for a moderator."""
        for line in lines:
            try:
                self._add(line)
            except Refused:
                continue
        self.active = bool(self._whole or self._within or self._patterns)

    def _add(self, line: Line) -> None:
        self.holds = self.holds or line.action == HOLD
        if pattern := written_pattern(line.text):
            self._patterns.append((compiled(pattern), line.action))
        elif spelling.UNSPACED.search(line.text):
            self._within.add(spelling.spelled(spelling.all_letters(line.text)), line.action)
        else:
            tokens = [spelling.spelled(token.full) for token in spelling.tokens(line.text)]
            self._phrase = max(self._phrase, len(tokens))
            self._whole.add(" ".join(tokens), line.action)

    def judge(self, text: str) -> Verdict:
        """What becomes of a text."""
        if not self.active:
            return Verdict("", text)
        found = list(self._found(_without_links(text)))
        for action in (REFUSE, HOLD):
            if any(each.action == action for each in found):
                return Verdict(action, text)
        return Verdict(MASK, _masked(text, found)) if found else Verdict("", text)

    def _found(self, text: str) -> Iterator[Found]:
        if self._whole:
            yield from self._whole_words(list(spelling.tokens(text)))
        if self._within:
            yield from self._within.within(spelling.all_letters(text))
        if self._patterns:
            wide, places = _one_width(text)
            for pattern, action in self._patterns:
                for match in pattern.finditer(wide):
                    if match.end() > match.start():
                        yield Found(places[match.start()], places[match.end() - 1] + 1, action)

    def _whole_words(self, tokens: Sequence[Token]) -> Iterator[Found]:
        for start, first in enumerate(tokens):
            for action in self._whole.like(spelling.spelled(first.full)):
                yield Found(first.full[0].at, first.full[-1].at + 1, action)
            spelt = spelling.spelled(first.bare)
            for last in tokens[start : start + self._phrase]:
                spelt += "" if last is first else " " + spelling.spelled(last.bare)
                for action in self._whole.like(spelt):
                    yield Found(first.bare[0].at, last.bare[-1].at + 1, action)
        for apart, some in groupby(tokens, key=lambda token: len(token.bare) == 1):
            if apart:
                yield from self._whole.within([token.bare[0] for token in some])


def clean(raw: str, action: str) -> Line:
    """A line as it is stored.

    Raises Refused: word.action, word.empty, word.too_long (limit), word.pattern, word.wide.
    """
    if action not in ACTIONS:
        raise Refused("word.action")
    text = unicodedata.normalize("NFC", " ".join(texts.one_line(raw).split()))
    if len(text) > LONGEST:
        raise Refused("word.too_long", limit=LONGEST)
    if pattern := written_pattern(text):
        compiled(pattern)
    elif not (spelling.UNSPACED.search(text) or 1 <= len(list(spelling.tokens(text))) <= PHRASE):
        raise Refused("word.empty")
    return Line(text, action)


def written_pattern(text: str) -> str:
    """What stands between the strokes of a /pattern/; empty for a word."""
    return text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" else ""


def compiled(pattern: str) -> Any:
    """A pattern that sees a text in one width, whatever its case.

    Raises Refused: word.pattern (RE2 does not take it, so it could run away), word.wide (it finds nothing everywhere).
    """
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = PATTERN_BYTES
    options.log_errors = False
    try:
        made = re2.compile(pattern, options=options)
    except re2.error:
        raise Refused("word.pattern") from None
    if made.search("") is not None:
        raise Refused("word.wide")
    return made


def _without_links(text: str) -> str:
    """The text, as long as before, in which nothing is found where a link stands."""
    if not texts.has_link(text):
        return text
    return "".join("\n" * len(part.text) if part.href else part.text for part in texts.links(text))


def _one_width(text: str) -> tuple[str, list[int]]:
    """The text with full and half width as one, and which of its characters each comes from."""
    wide = [(each, at) for at, character in enumerate(text) for each in unicodedata.normalize("NFKC", character)]
    return "".join(each for each, _ in wide), [at for _, at in wide]


def _masked(text: str, found: Iterable[Found]) -> str:
    shown, done = "", 0
    for start, end, _ in sorted(found):
        if start >= done:
            shown += text[done:start] + MASKED
        done = max(done, end)
    return shown + text[done:]
