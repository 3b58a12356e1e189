"""Joiners: a word is spelt with them, or they are hidden in it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import joiners, nicknames
from chat.domain.refusals import Refused

ZWNJ, ZWJ = joiners.NON_JOINER, joiners.JOINER


def refusal(raw: str) -> str | None:
    try:
        nicknames.clean(raw)
    except Refused as refused:
        return refused.reason
    return None


SPELT = {
    "a Persian plural": f"بچه{ZWNJ}ها",
    "a Persian verb": f"می{ZWNJ}رود",
    "behind a letter with marks": f"عَلِیّ{ZWNJ}رضا",
    "an explicit virama": f"क्{ZWNJ}ष",
    "a half form": f"न्{ZWJ}न",
    "a half form at the end of a word": f"शक्{ZWJ}",
    "a half form before a space": f"शक्{ZWJ} ति",
    "a nukta below": f"ज़्{ZWJ}य",
    "Kurdish": f"نووسین{ZWNJ}گە",
    "Marathi, the eyelash": f"र्{ZWJ}य",
    "Sinhala": f"ශ්{ZWJ}රී",
    "Malayalam, a chillu of old": f"ന്{ZWJ}",
    "Kannada": f"ರ್{ZWJ}ಕ",
    "Tamil": f"க்{ZWNJ}ஷ",
}


@pytest.mark.parametrize("word", SPELT.values(), ids=SPELT)
def test_joiners_that_a_word_is_spelt_with_stay(word: str) -> None:
    assert not set(joiners.without_spelling(word)) & set(joiners.JOINERS)
    assert joiners.without_idle(word) == word
    assert nicknames.clean(word) == unicodedata.normalize("NFKC", word)


HIDDEN = {
    "Latin": f"a{ZWNJ}b",
    "Chinese": f"小{ZWNJ}明",
    "Cyrillic": f"а{ZWJ}б",
    "Korean": f"김{ZWJ}민",
    "Thai, whose virama is none": f"กฺ{ZWJ}ก",
    "first": f"{ZWNJ}علی",
    "last": f"علی{ZWNJ}",
    "a joiner of Arabic letters": f"ه{ZWJ}",
    "two in a row": f"می{ZWNJ}{ZWNJ}رود",
    "one of each": f"क्{ZWNJ}{ZWJ}ष",
    "before a mark": f"क्{ZWJ}ि",
    "a non-joiner at the end": f"शक्{ZWNJ}",
    "before another script": f"क्{ZWJ}a",
    "behind another script": f"a्{ZWJ}क",
    "between two scripts": f"ب{ZWNJ}ܒ",
    "between scripts and digits": f"می{ZWNJ}5",
    "a virama on nothing": f"x ्{ZWJ}क",
    "behind an emoji": f"क्😀{ZWNJ}ष",
}


@pytest.mark.parametrize("name", HIDDEN.values(), ids=HIDDEN)
def test_joiners_that_join_nothing_are_refused(name: str) -> None:
    assert refusal(name) in ("nickname.characters", "nickname.marks")


IDLE = [(f"محمد{ZWNJ}علی", "محمدعلی"), (f"अमि{ZWNJ}त", "अमित"), (f"क{ZWJ}ख", "कख"), (f"دار{ZWNJ}ا", "دارا")]


@pytest.mark.parametrize(("typed", "name"), IDLE)
def test_what_a_keyboard_put_between_letters_that_do_not_join_is_passed_over(typed: str, name: str) -> None:
    assert nicknames.clean(typed) == name


DISGUISED = "ad{0}min a{0}d{0}m{0}i{0}n {0}admin admin{0} 系{0}统 管{0}理员 sys{0}tem"


@pytest.mark.parametrize("joiner", [ZWNJ, ZWJ, ZWJ + ZWNJ, f"\u094d{ZWJ}", "\U000e0061"])
@pytest.mark.parametrize("name", DISGUISED.split())
def test_no_joiner_hides_a_word_that_is_reserved(name: str, joiner: str) -> None:
    assert refusal(name.format(joiner)) in ("nickname.characters", "nickname.marks", "nickname.too_long")


@pytest.mark.parametrize("name", [f"admin{ZWNJ} क्{ZWJ}ष", f"क्{ZWJ}ष 系统", f"ی{ZWNJ}ر admin"])
def test_a_word_that_is_reserved_stays_so_beside_one_that_is_spelt_with_joiners(name: str) -> None:
    assert refusal(name) in ("nickname.characters", "nickname.reserved")


letters = st.sampled_from([*f"aб小김ہیرबक्षि़न😀 5َ{ZWNJ}{ZWJ}", "क्", f"क्{ZWJ}", f"ی{ZWNJ}"])


@given(st.lists(letters, max_size=8).map("".join))
def test_a_joiner_that_stays_stands_behind_a_word_that_spells_with_it(text: str) -> None:
    for at, character in enumerate(text):
        if character in joiners.JOINERS and joiners.is_spelling(text, at):
            before, behind = text[at - 1], text[at + 1 : at + 2]
            assert unicodedata.name(before).split()[0] in joiners.SCRIPTS
            assert not behind or unicodedata.category(behind)[0] != "M"
            assert behind not in tuple(joiners.JOINERS)


@given(st.lists(letters, max_size=8).map("".join))
def test_nothing_but_joiners_is_ever_taken_away(text: str) -> None:
    bare = text.translate({ord(joiner): None for joiner in joiners.JOINERS})
    for tidy in (joiners.without_idle(text), joiners.without_spelling(text)):
        assert tidy.translate({ord(joiner): None for joiner in joiners.JOINERS}) == bare
    tidy = joiners.without_idle(text)
    assert joiners.without_idle(tidy) == tidy


@given(st.lists(letters, max_size=8).map("".join))
def test_a_clean_name_with_joiners_is_its_own_clean_name(text: str) -> None:
    try:
        name = nicknames.clean(text)
    except Refused:
        return
    assert name is None or nicknames.clean(name) == name


def test_a_long_text_of_joiners_is_read_in_no_time() -> None:
    for piece in (ZWNJ, f"क्{ZWJ}", f"ی{ZWNJ}", f"َ{ZWNJ}", "َ"):
        joiners.without_spelling(piece * 20_000)
        joiners.without_idle(piece * 20_000)
