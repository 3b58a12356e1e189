import re
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


NAMES = {
    "zh": "小明 欧阳娜娜 王䶮 㛃月 𠮷野 阿依古丽·买买提 诸葛孔明 糖糖🍬",
    "zh-Hant": "陳怡君 歐陽菲菲 林志玲 許瑋甯 ㄚ珠 張𣶏 阿嬤",
    "en": "O'Brien O’Neil Zoë Siân Chloë Jean-Luc x 007 Dominik Adam Minna",
    "ja": "田中さん 佐々木 ヴィクトル エリー 斎藤 髙橋 山﨑 さくら〜 ゆき☆ ﾀﾅｶ",
    "ko": "김민수 박서연 남궁민 이슬비 ㅋㅋㅋ 선우_은숙",
    "es": "José Núñez Begoña Íñigo Güell M.ª Ángeles",
    "pt": "João Conceição Luís Antônio D'Ávila Açucena",
    "fr": "François Zoé Maëlys Anaïs L'Haÿ Cœur Éloïse",
    "de": "Jürgen Weiß Käthe Özil Björn Groß-Gerau",
    "ru": "Алексей Семён Ёлка Юлия Андрій Қайрат",
    "id": "Siti Nurul I_Gusti Wayan Ni'mah",
    "vi": "Nguyễn Thị_Hường Đặng Trần Vũ Quỳnh Ngọc_Ánh",
    "tr": "Işıl İbrahim Çağrı Gökçe Şükrü Kâzım",
    "hi": "अमित प्रियंका चीज़ें श्रीराम लक्ष्मी ज़ोया सिद्धार्थ शक्ति पन्‍ना क्‌ष",
    "ar": "محمد فاطمة عبدالله مُحَمَّد آمنة لؤي رُقَيَّة",
    "fa": "علی‌رضا غلام‌حسین می‌خواهم نیک‌پی بی‌تا خانه‌ام شاه‌ماهی",
    "others": "ธนพล ที่รัก སྒྲོལ་མ མြို့ Łukasz Ἀθηνᾶ אברהם ශ්‍රී അനില്‍ ராம்‌ஷா کمال‌الدین ئازاد猫🐱 (^_^) \\_(ツ)_/",
}


@pytest.mark.parametrize(("language", "name"), [(key, name) for key, names in NAMES.items() for name in names.split()])
def test_real_names_are_kept_as_they_are(language: str, name: str) -> None:
    assert nicknames.clean(name) == unicodedata.normalize("NFKC", name)


def test_a_name_of_two_words_keeps_its_space() -> None:
    assert nicknames.clean("Mary Ann") == "Mary Ann"


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


def flag(region: str, end: str = "\U000e007f") -> str:
    """The black flag and a text in tags."""
    return "🏴" + "".join(chr(0xE0000 + ord(c)) for c in region) + end


@pytest.mark.parametrize("region", ["gbeng", "gbsct", "gbwls"])
def test_england_scotland_and_wales_have_flags(region: str) -> None:
    assert nicknames.clean(flag(region)) == flag(region)
    assert nicknames.clean(f"{flag(region)}Tom") == f"{flag(region)}Tom"


HIDDEN_TEXTS = ["", "gb", "gbnir", "usca", "gbengx", "gbeng" * 2, "admin", "GBENG", "buy"]


@pytest.mark.parametrize("text", HIDDEN_TEXTS)
def test_any_other_text_in_a_flag_is_refused(text: str) -> None:
    assert refusal(flag(text)) == "nickname.characters"


@pytest.mark.parametrize(
    "name", [flag("gbeng", ""), flag("gbeng")[1:], "🏳" + flag("gbeng")[1:], "a" + flag("gbeng")[1:]]
)
def test_tags_that_make_no_flag_are_refused(name: str) -> None:
    assert refusal(name) in ("nickname.characters", "nickname.empty")


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
        hidden = re.sub("🏴[\U000e0061-\U000e007a]{5}\U000e007f", "", name)
        assert set(filter(characters.INVISIBLE.match, hidden)) <= set("\u200c\u200d\ufe0e\ufe0f")
        name.encode()


@pytest.mark.parametrize("raw", naughty.BIG_LIST)
def test_the_big_list_of_naughty_strings_is_answered(raw: str) -> None:
    reason = refusal(raw)
    assert reason is None or reason.startswith("nickname.")


def test_every_single_character_is_a_nickname_or_refused() -> None:
    answers = {refusal(c) for c in naughty.every_character()[:0x20000]}
    assert answers == {None, "nickname.empty", "nickname.characters", "nickname.marks", "nickname.too_long"}
