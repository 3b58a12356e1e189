import re
import unicodedata

from chat.domain import characters
from tests.kit.naughty import every_character


def members(body: str) -> set[str]:
    return set(filter(re.compile(f"[{body}]").match, every_character()))


def in_category(*categories: str) -> set[str]:
    return {c for c in every_character() if unicodedata.category(c) in categories}


def test_the_sets_are_the_categories_they_are_named_for() -> None:
    assert members(characters.CONTROLS) == in_category("Cc")
    assert members(characters.SURROGATES) == in_category("Cs")
    assert members(characters.PRIVATE_USE) == in_category("Co")


def test_white_space_is_what_unicode_calls_so_without_control_separators() -> None:
    python_says = set(filter(str.isspace, every_character()))
    assert members(characters.WHITE_SPACE) == python_says - set("\x1c\x1d\x1e\x1f")


def test_there_are_66_noncharacters() -> None:
    noncharacters = members(characters.NONCHARACTERS)
    assert len(noncharacters) == 66
    assert noncharacters < in_category("Cn")


def test_every_bidi_control_and_variation_selector_is_invisible() -> None:
    bidi = {"ALM", "LRM", "RLM"} | {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    hidden = {c for c in every_character() if unicodedata.bidirectional(c) in bidi}
    hidden |= {c for c in every_character() if "VARIATION SELECTOR" in unicodedata.name(c, "")}
    assert len(hidden) > 265
    assert all(map(characters.INVISIBLE.match, hidden))


def test_no_letter_in_use_is_invisible() -> None:
    fillers = {"\u115f", "\u1160", "\u3164", "\uffa0"}
    letters = in_category("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Po", "Sm", "Sc", "Mc")
    assert set(filter(characters.INVISIBLE.match, letters)) == fillers


def test_text_is_visible_when_one_character_is() -> None:
    for hidden in ("", " \u3000", "\u115f\u1160\u3164\uffa0", "\u2800", "\ufe0f", "\u202e\u200b", "\0\ud800"):
        assert not characters.any_visible(hidden), ascii(hidden)
        assert characters.any_visible(hidden + "好" + hidden)
