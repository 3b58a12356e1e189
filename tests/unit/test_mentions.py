"""Whom a text mentions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import seats
from chat.domain.mentions import Mention, Speaker, decode, encode, find, pieces

ANN, ANNA, BOB, MING, TWIN, NOBODY = (f"{name:0<16}" for name in ("ann", "anna", "bob", "ming", "twin", "nobody"))
PEOPLE = [
    *(Speaker(ANN, "Ann"), Speaker(ANNA, "Anna Lee"), Speaker(BOB, "Bob 🎈"), Speaker(MING, "小明")),
    *(Speaker(TWIN, "ann"), Speaker(NOBODY, None)),
]
NAMES = {seats.public_name(seat): seat for seat in (ANN, ANNA, BOB, MING, TWIN, NOBODY)}


def meant(text: str) -> list[tuple[str, set[str]]]:
    """What is marked in a text, and whom it means."""
    return [(text[start:end], {NAMES[name] for name in names}) for start, end, names in find(text, PEOPLE)]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("@Ann hi", [("@Ann", {ANN, TWIN})]),
        ("hi @ann, hi @ANN!", [("@ann", {ANN, TWIN}), ("@ANN", {ANN, TWIN})]),
        ("@Anna Lee", [("@Anna Lee", {ANNA})]),
        ("@Bob 🎈 and @bob", [("@Bob 🎈", {BOB})]),
        ("你好@小明你在吗", [("@小明", {MING})]),
        ("＠小明", [("＠小明", {MING})]),
        (f"@ann#{seats.tag(TWIN)[:2]}", [(f"@ann#{seats.tag(TWIN)[:2]}", {TWIN})]),
        (f"@ann#{seats.tag(TWIN)}.", [(f"@ann#{seats.tag(TWIN)}", {TWIN})]),
        (f"@Anonymous#{seats.tag(NOBODY)}", [(f"@Anonymous#{seats.tag(NOBODY)}", {NOBODY})]),
        (f"@匿名用户#{seats.tag(NOBODY)}", [(f"@匿名用户#{seats.tag(NOBODY)}", {NOBODY})]),
        ("@@ann", [("@ann", {ANN, TWIN})]),
    ],
)
def test_a_mention_is_found(text: str, marked: list[tuple[str, set[str]]]):
    assert meant(text) == marked


@pytest.mark.parametrize(
    "text",
    [
        *("ann", "@", "@ ann", "@annabel", "@ann1", "me@ann", "@anné", "@ann\u0301", "@zoe", "@小"),
        *("https://example.com/@ann", "@Anonymous", "@匿名用户", "@ann#", "@ann#zz"[:5] + "!"),
    ],
)
def test_what_is_no_mention(text: str):
    found = meant(text)
    assert found == [] or text.startswith("@ann#"), found


def test_a_tag_that_nobody_here_has_means_nobody():
    assert meant("@bob 🎈#0000") == []


def test_of_very_many_namesakes_only_a_tag_tells_one():
    crowd = [Speaker(f"{number:016}", "ann") for number in range(21)]
    assert find("@ann", crowd) == ()
    assert len(find(f"@ann#{seats.tag(crowd[3].seat)}", crowd)) == 1


def test_a_message_has_ten_mentions_at_most():
    assert len(meant("@ann " * 40)) == 10


@given(st.text(alphabet="@＠an Abo🎈小明#0z.\u0301", max_size=60))
def test_mentions_are_apart_in_order_and_kept_as_they_are(text: str):
    found = find(text, PEOPLE)
    ends = [0, *(mention.end for mention in found)]
    assert all(before <= mention.start < mention.end <= len(text) for before, mention in zip(ends, found, strict=False))
    assert decode(encode(found)) == found
    cut = pieces(text, found)
    assert "".join(piece.text for piece in cut) == text
    assert [piece.text for piece in cut if piece.names] == [text[start:end] for start, end, _ in found]


@given(st.text(max_size=80), st.integers(0, 20), st.integers(1, 20))
def test_a_text_is_whole_whatever_is_said_to_be_mentioned_in_it(text: str, start: int, length: int):
    mention = Mention(start, start + length, ("x",))
    assert "".join(piece.text for piece in pieces(text, [mention])) == text


def test_a_name_with_a_joiner_is_meant_whole():
    ali, reza = Speaker(ANN, "علی"), Speaker(BOB, "علی\u200cرضا")
    for text, seat in (("@علی\u200cرضا سلام", BOB), ("@علی سلام", ANN)):
        [mention] = find(text, [ali, reza])
        assert mention.names == (seats.public_name(seat),)
    assert find("@علی\u200cرضا", [ali]) == ()
