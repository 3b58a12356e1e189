"""Which texts a list of words finds something in, however it is dressed up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import words
from chat.domain.refusals import Refused
from chat.domain.words import HOLD, MASK, REFUSE, Line, Words

RUDE = (
    "cunt",
    "ass",
    "butt",
    "cum",
    "cure",
    "tit",
    "fuck",
    "kill yourself",
    "1488",
    "去死",
    "傻瓜",
    "バカ",
    "ควย",
    "сука",
)
LIST = Words(Line(word, REFUSE) for word in RUDE)
MASKS = Words(
    [Line("darn", MASK), Line("傻瓜", MASK), Line("/b[au]y{1,9}/", MASK), Line("wait", HOLD), Line("no", REFUSE)]
)


@pytest.mark.parametrize(
    "text",
    [
        *("Scunthorpe", "classic", "button", "accumulate", "obscure", "don't I think", "as I said", "455", "14.88"),
        *("他去。死心吧", "https://example.com/fuck", "see http://fuck.example.com/ there", "a s", "Titian", ""),
    ],
)
def test_what_only_looks_like_it_passes(text: str):
    assert LIST.judge(text) == ("", text)


@pytest.mark.parametrize(
    "text",
    [
        *("cunt", "Cunt!", "ｃｕｎｔ", "сunt", "c u n t", "cuuuunt", "c.u.n.t", "c-u-n-t!", "C U U N T", "cu\u200bnt"),
        *("a$$", "@ss", "a55", "asss", "you ass!", "'ass'", "fück", "ƒuck", "u f u c k", "f\u0301uck", "𝐟𝐮𝐜𝐤"),
        *(
            "kill  yourself",
            "k1ll yourself!",
            "KILL YOURSELF",
            "1488",
            "你去死吧",
            "去 死",
            "去.死",
            "去去死",
            "去\u200b死",
        ),
        *("このバカ者", "พูดว่าควยนะ", "сука", "СУКА", "cука", "fuck https://example.com/"),
    ],
)
def test_what_is_dressed_up_is_found(text: str):
    assert LIST.judge(text).action == REFUSE


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("oh darn it", "oh ** it"),
        ("darn! d a r n, ｄａｒｎ", "**! **, **"),
        ("你这个傻~瓜啊", "你这个**啊"),
        ("buyyy now, ＢＵＹ", "** now, **"),
        ("darn https://darn.example.com/darn darn", "** https://darn.example.com/darn **"),
    ],
)
def test_a_mask_covers_the_word_alone(text: str, shown: str):
    assert MASKS.judge(text) == (MASK, shown)


def test_the_strictest_word_counts():
    assert MASKS.judge("darn, wait") == (HOLD, "darn, wait")
    assert MASKS.judge("darn, wait, no") == (REFUSE, "darn, wait, no")


@pytest.mark.parametrize(
    ("line", "action", "reason"),
    [
        ("fine", "shout", "word.action"),
        ("", MASK, "word.empty"),
        ("…!", MASK, "word.empty"),
        ("a b c d e f g h i", MASK, "word.empty"),
        ("x" * 201, MASK, "word.too_long"),
        ("/(a/", MASK, "word.pattern"),
        (r"/(a)\1/", MASK, "word.pattern"),
        ("/(?=a)b/", MASK, "word.pattern"),
        ("/(a{1000}){1000}/", MASK, "word.pattern"),
        ("/a*/", MASK, "word.wide"),
        ("/|x/", MASK, "word.wide"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused(line: str, action: str, reason: str):
    with pytest.raises(Refused) as refused:
        words.clean(line, action)
    assert refused.value.reason == reason


def test_a_line_is_kept_as_one_line():
    assert words.clean("  kill \t yourself ", MASK) == Line("kill yourself", MASK)


def test_a_line_of_a_later_version_stops_no_other():
    assert Words([Line("/(?=a)b/", REFUSE), Line("darn", REFUSE)]).judge("darn").action == REFUSE


@given(st.text(max_size=300))
def test_what_is_not_masked_stays_as_it_was(text: str):
    action, shown = MASKS.judge(text)
    assert (action == MASK) == (shown != text)
    for part in shown.split(words.MASKED):
        assert part in text


@given(st.text(max_size=60), st.sampled_from(RUDE))
def test_a_word_between_spaces_is_found_whatever_is_around(around: str, word: str):
    assert LIST.judge(f"{around} {word} {around}").action == REFUSE or "://" in around
