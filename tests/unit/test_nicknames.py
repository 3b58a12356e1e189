import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.domain import characters, nicknames
from chat.domain.refusals import Refused
from tests.kit import naughty


def refusal(raw: str) -> str | None:
    try:
        nicknames.clean(raw)
    except Refused as refused:
        return refused.reason
    return None


NAMES = """
    小明 欧阳娜娜 田中さん 김민수 محمد فاطمة अमित प्रियंका चीज़ें ธนพล ที่รัก སྒྲོལ་མ མြို့ Nguyễn José Łukasz Ἀθηνᾶ Алексей
    אברהם O'Brien x 007 猫🐱 Dominik Adam Minna (^_^) \\_(ツ)_/
"""


@pytest.mark.parametrize("name", [*NAMES.split(), "Mary Ann"])
def test_real_names_are_kept_as_they_are(name: str) -> None:
    assert nicknames.clean(name) == unicodedata.normalize("NFKC", name)


EMOJI = "😀 👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 ❤️ ❤️‍🔥 👁️‍🗨️ 🧑🏻‍❤️‍💋‍🧑🏼 🇨🇳 🇨🇳🇩🇪 👍🏽 1️⃣ ☺︎ ©️ ⤴️ ⭐"


@pytest.mark.parametrize("emoji", EMOJI.split())
def test_emoji_are_kept_whole(emoji: str) -> None:
    assert nicknames.clean(emoji) == emoji


@given(naughty.unassigned)
def test_emoji_newer_than_python_are_kept(emoji: str) -> None:
    assert nicknames.clean(f"{emoji}\u200d{emoji}\ufe0f") == f"{emoji}\u200d{emoji}\ufe0f"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  小明\n", "小明"),
        ("Mary \t\u3000 Ann", "Mary Ann"),
        ("ＡＢＣ１２３", "ABC123"),
        ("e\u0301", "é"),
        ("ﾀﾅｶ", "タナカ"),
        ("①②③", "123"),
        ("Ⓜ️", "M"),
        ("㊗️", "祝"),
    ],
)
def test_what_was_typed_is_made_plain(typed: str, name: str) -> None:
    assert nicknames.clean(typed) == name


@pytest.mark.parametrize("default", ["匿名用户", " 匿名用户 ", "Anonymous", "anonymous", "ＡＮＯＮＹＭＯＵＳ"])
def test_a_default_nickname_is_stored_as_none(default: str) -> None:
    assert nicknames.clean(default) is None


@pytest.mark.parametrize("nothing", ["", " ", "\n\t", "\u3000", "\u200b", "\u3164", "\u2800", "\ufe0f", "\0", "\ud800"])
def test_an_empty_nickname_is_refused(nothing: str) -> None:
    assert refusal(nothing) == "nickname.empty"


def test_ten_code_points_fit_and_eleven_do_not() -> None:
    assert nicknames.clean("𠜎" * 10) == "𠜎" * 10
    with pytest.raises(Refused) as refused:
        nicknames.clean("𠜎" * 11)
    assert (refused.value.reason, refused.value.details) == ("nickname.too_long", {"limit": 10, "length": 11})


HIDDEN = (
    "\0\x1f\x7f\x9f\xad\u200b\u200c\u200d\u200e\u200f\u202e\u2066\u061c\u2060\ufeff\ufe0e\ufe0f\u034f\u2800\u3164"
    "\U000e0100\U000e0061\ue000\U000f0000\ud800\udfff\ufffe\ufdd0\U0010ffff"
)


@pytest.mark.parametrize("hidden", HIDDEN)
def test_hidden_characters_are_refused(hidden: str) -> None:
    for name in (f"a{hidden}b", f"{hidden}ab", f"ab{hidden}", f"小{hidden}", f"ab{hidden}{hidden}"):
        assert refusal(name) == "nickname.characters", ascii(name)


@pytest.mark.parametrize(
    "name", ["👩\u200d", "\u200d👩", "👩\u200da", "a\u200d👩", "❤\ufe0f\ufe0f", "👩\u200d\u200d👩", "1\ufe0f"]
)
def test_a_joiner_joins_two_emoji_or_is_refused(name: str) -> None:
    assert refusal(name) == "nickname.characters"


def test_a_hidden_text_in_a_flag_is_refused() -> None:
    assert refusal("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f") == "nickname.characters"


PILES = ["q\u0315\u0301\u0300", "Z̸̢̡̛", "ส็็็", "a\u20dd\u20dd\u20dd", "\u0301a", "क" + "\u093c" * 5, "´"]


@pytest.mark.parametrize("name", PILES)
def test_piles_of_marks_and_marks_on_nothing_are_refused(name: str) -> None:
    assert refusal(name) == "nickname.marks"


def test_two_marks_may_stand_on_a_letter() -> None:
    assert nicknames.clean("q\u0323\u0307q\u0323\u0307") == "q\u0323\u0307q\u0323\u0307"


STAFF = """
    admin Admin ADMIN xadminx аdmin аdміn ａｄｍｉｎ a.d-m_i|n adm1n 4dm!n @dmin
    AdMlN adrnin ádmín ᴀᴅᴍɪɴ 𝒶𝒹𝓂𝒾𝓃 ⓐⓓⓜⓘⓝ 🅰🅳🅼🅸🅽 🇦🇩🇲🇮🇳 αdmιn ꭺꭰᎷᎥn ađmin
    m0derat0r mөderatөr aᶁmin ＭＯＤＥＲＡＴＯＲ modеrаtоr sуstеm ѕуѕтем 5y5t3m $t@ff sтаff ѕtaﬀ
    $7AFF 系统 系統 系·统 系❤️统 大系统员 管理员 管理員 管-理-员 版主 官方
    官⽅号 客服 客服01
"""


@pytest.mark.parametrize("name", [*STAFF.split(), "a d m i n", "系 统"])
def test_names_that_pass_for_staff_are_refused(name: str) -> None:
    assert refusal(name) == "nickname.reserved"


def test_reserved_words_are_a_setting() -> None:
    assert nicknames.clean("admin", reserved=("root", "")) == "admin"
    with pytest.raises(Refused, match=r"nickname\.reserved"):
        nicknames.clean("R00T", reserved=("root", ""))
    with pytest.raises(Refused, match=r"nickname\.reserved"):
        nicknames.clean("oﬃcɪaʟ", reserved=("Official",))


letters = st.sampled_from(["a", "A", "ａ", "а", "Α", "ɑ", "4", "@", "á", "𝐚", "Ⓐ"])
fillers = st.sampled_from(["", " ", ".", "·", "-", "❤"])


@given(letters, fillers, st.sampled_from("i1l!|Іιⅰ"), st.sampled_from(["", "x", "小"]))
def test_no_mixture_of_disguises_makes_an_admin(a: str, filler: str, i: str, around: str) -> None:
    assert refusal(f"{around}{a}{filler}dm{i}n") == "nickname.reserved"


@given(naughty.texts)
@example("\xa8a\xa8")
@example("㊗\ufe0f\ufe0f")
def test_a_clean_nickname_is_its_own_clean_nickname(raw: str) -> None:
    try:
        name = nicknames.clean(raw)
    except Refused as refused:
        assert refused.reason.startswith("nickname.")
        return
    assert name is None or nicknames.clean(name) == name


@given(naughty.texts)
def test_a_clean_nickname_keeps_the_promises(raw: str) -> None:
    name = nicknames.clean(raw) if refusal(raw) is None else None
    if name is not None:
        assert 1 <= len(name) <= 10
        assert name == " ".join(name.split()) and unicodedata.is_normalized("NFKC", name)
        assert not {unicodedata.category(c) for c in name} & {"Cc", "Cs", "Co", "Zl", "Zp"}
        assert set(filter(characters.INVISIBLE.match, name)) <= set("\u200d\ufe0e\ufe0f")
        name.encode()


@pytest.mark.parametrize("raw", naughty.BIG_LIST)
def test_the_big_list_of_naughty_strings_is_answered(raw: str) -> None:
    reason = refusal(raw)
    assert reason is None or reason.startswith("nickname.")


def test_every_single_character_is_a_nickname_or_refused() -> None:
    answers = {refusal(c) for c in naughty.every_character()[:0x20000]}
    assert answers == {None, "nickname.empty", "nickname.characters", "nickname.marks", "nickname.too_long"}
