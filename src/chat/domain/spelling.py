"""Texts as plain letters: which words they are however they are dressed up.

Words are compared as reserved nicknames are (`disguises`), with letters repeated, and with each letter set apart.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from chat.domain import disguises

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese."""
_STOPS = "\u3002\uff0c\uff01\uff1f\uff1b\uff1a"
"""Sentences end there: no word goes across."""
_JOINERS = "'\u2019\u02bc"
"""They stand within words."""


class Found(NamedTuple):
    """From which character of a text to which something of the list stands, and what becomes of the text."""

    start: int
    end: int
    action: str


class Letter(NamedTuple):
    """A plain letter, and the number of the character of the text that it stands for."""

    letter: str
    at: int


Letters = Sequence[Letter]


class Token(NamedTuple):
    """A word of a text in plain letters, with the signs around it that may pass for letters, as `!`; and without."""

    full: Letters
    bare: Letters


class _Word(NamedTuple):
    """A word: how often each of its letters is repeated at least, and what becomes of a text with it."""

    counts: tuple[int, ...]
    action: str


class Dictionary:
    """Words by their letters without repetitions."""

    def __init__(self) -> None:
        self._words: defaultdict[str, list[_Word]] = defaultdict(list)
        self._lengths: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._words)

    def add(self, spelt: str, action: str) -> None:
        letters, counts = _counted(spelt)
        self._words[letters].append(_Word(counts, action))
        self._lengths.add(len(letters))

    def like(self, spelt: str) -> Iterator[str]:
        """What becomes of a text with this, for each word that it is, perhaps with more repetitions."""
        letters, counts = _counted(spelt)
        for word in self._words.get(letters, ()):
            if _enough(counts, word):
                yield word.action

    def within(self, letters: Letters) -> Iterator[Found]:
        """The words that stand anywhere among letters."""
        runs = [list(run) for _, run in groupby(letters, key=lambda each: each.letter)]
        spelt, counts = "".join(run[0].letter for run in runs), tuple(map(len, runs))
        for start in range(len(runs)):
            for length in self._lengths:
                end = start + length
                for word in self._words.get(spelt[start:end], ()):
                    if end <= len(runs) and _enough(counts[start:end], word):
                        yield Found(runs[start][0].at, runs[end - 1][-1].at + 1, word.action)


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    return disguises.letters(character)


def tokens(text: str) -> Iterator[Token]:
    """The words of a text that puts spaces between them."""
    letters: list[Letter] = []
    for at, character in enumerate(text):
        if character in _JOINERS or unicodedata.category(character)[0] in "MC":
            continue
        if plain := "" if UNSPACED.match(character) else _folded(character):
            letters += (Letter(letter, at) for letter in plain)
        elif letters:
            yield from _token(letters, text)
            letters = []
    if letters:
        yield from _token(letters, text)


def _token(letters: Letters, text: str) -> Iterator[Token]:
    """None of signs alone. A number is what it is, not the letters that it passes for."""
    real = [text[each.at].isalnum() for each in letters]
    if not any(real):
        return
    bare = letters[real.index(True) : len(real) - real[::-1].index(True)]
    if all(text[each.at].isdigit() for each in bare):
        bare = letters = [Letter(text[each.at], each.at) for each in bare]
    yield Token(letters, bare)


def all_letters(text: str) -> Letters:
    """The letters of a text, whatever stands between them but the end of a sentence."""
    letters: list[Letter] = []
    for at, character in enumerate(text):
        if character in _STOPS:
            letters.append(Letter(" ", at))
        letters += (Letter(letter, at) for letter in _folded(character))
    return letters


def spelled(letters: Letters) -> str:
    return "".join(each.letter for each in letters)


def _counted(spelt: str) -> tuple[str, tuple[int, ...]]:
    """Letters without repetitions, and how often each is repeated."""
    runs = [(letter, len(list(run))) for letter, run in groupby(spelt)]
    return "".join(letter for letter, _ in runs), tuple(count for _, count in runs)


def _enough(counts: Sequence[int], word: _Word) -> bool:
    return all(has >= needs for has, needs in zip(counts, word.counts, strict=True))
