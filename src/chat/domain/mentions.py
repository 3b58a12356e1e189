"""Mentions: `@nickname`, or `@nickname#tag`, of people who spoke in the room lately."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chat.domain import seats, texts
from chat.domain.joiners import JOINERS
from chat.domain.nicknames import DEFAULTS, LIMIT

AMONG = 200
"""Who spoke among so many newest events of the room can be mentioned."""
MOST = 10
"""Mentions of one message; further ones are only text."""
NAMESAKES = 20
"""People of one name; where more have it, only a tag tells who is meant."""
SIGNS = "@＠"
TAG_SIGN = "#"
SHORTEST_TAG = 2
LONGEST_TAG = 6
TAG_LETTERS = frozenset("0123456789abcdefghjkmnpqrstvwxyz")
UNSPACED = ("CJK ", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")
"""Scripts that put no space behind a name, as the names of their characters begin."""


class Speaker(NamedTuple):
    """Somebody, by a nickname that they had in the room lately; None: the default one."""

    seat: str
    nickname: str | None


class Mention(NamedTuple):
    """The part of a text from `start` to `end` means these people, by their public names."""

    start: int
    end: int
    names: tuple[str, ...]


def find(text: str, speakers: Iterable[Speaker]) -> tuple[Mention, ...]:
    """Who is mentioned in a text. The longest nickname that fits is meant; of namesakes, all.

    Nobody is mentioned inside a link or an e-mail address. The default nickname stands for too many people: it needs
    a tag.
    """
    by_name = _by_name(speakers)
    longest = max(map(len, by_name), default=0)
    found: list[Mention] = []
    end, at = 0, 0
    for part in texts.links(text):
        place, at = at, at + len(part.text)
        for start in range(place, at):
            if part.href or start < end or text[start] not in SIGNS or len(found) == MOST:
                continue
            if not _is_email(text, start) and (mention := _at(text, start, by_name, longest)):
                found.append(mention)
                end = mention.end
    return tuple(found)


def _by_name(speakers: Iterable[Speaker]) -> dict[str, set[str]]:
    """Who has each nickname, in small letters."""
    by_name: dict[str, set[str]] = {}
    for seat, nickname in speakers:
        for name in (nickname,) if nickname else DEFAULTS:
            by_name.setdefault(name.casefold(), set()).add(seat)
    return by_name


def _at(text: str, start: int, by_name: dict[str, set[str]], longest: int) -> Mention | None:
    """The mention whose sign stands at `start`."""
    begin = start + 1
    for length in range(min(longest, LIMIT, len(text) - begin), 0, -1):
        end = begin + length
        name = text[begin:end].casefold()
        meant = by_name.get(name)
        if not meant or _goes_on(text, end):
            continue
        tag = _tag(text, end)
        if tag:
            end += 1 + len(tag)
            meant = {seat for seat in meant if seats.tag(seat).startswith(tag)}
        elif name in map(str.casefold, DEFAULTS) or len(meant) > NAMESAKES:
            return None
        return Mention(start, end, tuple(sorted(map(seats.public_name, meant)))) if meant else None
    return None


def _goes_on(text: str, end: int) -> bool:
    """Whether a word that is longer than the name goes on there."""
    if end >= len(text):
        return False
    before, behind = text[end - 1], text[end]
    if unicodedata.category(behind)[0] == "M" or behind in JOINERS:
        return True
    return _is_spaced(before) and _is_spaced(behind)


def _is_spaced(character: str) -> bool:
    """Whether it is a letter or digit of a script that puts spaces between words."""
    return character.isalnum() and not unicodedata.name(character, "").startswith(UNSPACED)


def _tag(text: str, at: int) -> str:
    """The tag, or its beginning, that stands behind a name; empty when none does."""
    if text[at : at + 1] != TAG_SIGN:
        return ""
    end = at + 1
    while end < len(text) and end - at <= LONGEST_TAG and text[end].lower() in TAG_LETTERS:
        end += 1
    tag = text[at + 1 : end].lower()
    return tag if len(tag) >= SHORTEST_TAG else ""


def _is_email(text: str, start: int) -> bool:
    return start > 0 and text[start - 1].isascii() and text[start - 1].isalnum()


# --- as stored ---


def encode(mentions: Sequence[Mention]) -> str:
    """`start-end:name,name` with spaces between."""
    return " ".join(f"{start}-{end}:{','.join(names)}" for start, end, names in mentions)


def decode(stored: str) -> tuple[Mention, ...]:
    """Mentions as `encode` stored them."""
    found = []
    for word in stored.split():
        place, _, names = word.partition(":")
        start, _, end = place.partition("-")
        found.append(Mention(int(start), int(end), tuple(names.split(","))))
    return tuple(found)


# --- as drawn ---


class Piece(NamedTuple):
    """A stretch of a text: a link (`href`, perhaps `cut`), a mention (`names`, with spaces between), or neither."""

    text: str
    href: str | None = None
    cut: bool = False
    names: str = ""


def pieces(text: str, mentions: Sequence[Mention]) -> list[Piece]:
    """The text cut into links, mentions, and what stands between; joined again, the pieces are the text."""
    cut: list[Piece] = []
    at, left = 0, list(mentions)
    for part in texts.links(text):
        end = at + len(part.text)
        if part.href:
            cut.append(Piece(part.text, part.href, part.cut))
            at = end
            continue
        while left and left[0].end <= end:
            mention = left.pop(0)
            if mention.start > at:
                cut.append(Piece(text[at : mention.start]))
            cut.append(Piece(text[mention.start : mention.end], names=" ".join(mention.names)))
            at = mention.end
        if at < end:
            cut.append(Piece(text[at:end]))
        at = end
    return cut
