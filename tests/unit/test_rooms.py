import unicodedata

import pytest
from hypothesis import given

from chat.domain import characters, rooms
from tests.kit import naughty


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("lobby", "lobby"),
        ("Lobby", "lobby"),
        ("ＬＯＢＢＹ", "lobby"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("茶馆", "茶馆"),
        ("茶館-2", "茶館-2"),
        ("सभा_कक्ष", "सभा_कक्ष"),
        ("مقهى", "مقهى"),
        ("ｶﾌｪ", "カフェ"),
        ("Ǩ\u0323Ϊ́", "ḳ̌ΐ"),
        ("1", "1"),
        ("-_-", "-_-"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_room_has_one_spelling(asked: str, name: str) -> None:
    assert rooms.canonical(asked) == name


@pytest.mark.parametrize(
    "asked",
    [
        *["", " ", "a b", "a.b", "a/b", "..", "<b>", "%00", "\0", "😀", "x" * 41, "\u0301a", "\ud800", "½"],
        *[f"a{hidden}b" for hidden in "\u200b\u200d\ufe0f\u3164\u115f\u034f\u180b\u17b4\xad\u2800\U000e0061"],
    ],
)
def test_no_room_can_be_called_so(asked: str) -> None:
    assert rooms.canonical(asked) is None


def test_every_single_character_is_a_room_or_none() -> None:
    names = {rooms.canonical(c) for c in naughty.every_character()} - {None}
    assert {"a", "茶", "-", "_", "7"} <= names
    assert all(name and rooms.canonical(name) == name for name in names)
    assert all(name and unicodedata.is_normalized("NFKC", name) for name in names)


@given(naughty.texts)
def test_a_canonical_name_is_its_own_canonical_name(asked: str) -> None:
    if (name := rooms.canonical(asked)) is not None:
        assert rooms.canonical(name) == name
        assert 1 <= len(name) <= 40
        assert not characters.INVISIBLE.search(name)
        assert all(c in "-_" or unicodedata.category(c)[0] in "LNM" for c in name)


@given(naughty.texts)
def test_case_and_width_make_no_other_room(asked: str) -> None:
    name = rooms.canonical(asked)
    assert rooms.canonical(unicodedata.normalize("NFKD", asked)) == name
    assert rooms.canonical(unicodedata.normalize("NFKC", asked).casefold()) == name


def test_the_default_room_is_canonical() -> None:
    assert rooms.canonical(rooms.DEFAULT) == rooms.DEFAULT
