import re
import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.domain import characters, texts
from chat.domain.refusals import Refused
from chat.domain.texts import Part
from tests.kit import naughty


def hrefs(text: str) -> list[str]:
    return [part.href for part in texts.links(text) if part.href]


# What may be said


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("hi", "hi"),
        ("  hi \u3000\n", "hi"),
        ("one\ntwo\r\nthree\tfour\u2028five\x85six", "one two three four five six"),
        ("two  spaces stay", "two  spaces stay"),
        ("e\u0301", "é"),
        ("a\0b\x07c\x1bd\x9fe\x7f", "abcde"),
        ("e\0\u0301", "é"),
        ("x\ud800y\udfffz\ufffe\ufdd0", "xyz"),
        ("ＡＢＣ①", "ＡＢＣ①"),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_a_text_is_one_line_of_characters(typed: str, text: str) -> None:
    assert texts.clean(typed) == text


NOTHING = [
    "",
    "  ",
    "\n\r\n",
    "\0",
    "\ud800",
    "\u200b\u200d",
    "\u3164 \u115f",
    "\u2800",
    "\ufe0f",
    "\u202e",
    "\U000e0041",
]


@pytest.mark.parametrize("nothing", NOTHING)
def test_a_text_with_nothing_to_see_is_empty(nothing: str) -> None:
    with pytest.raises(Refused, match=r"text\.empty"):
        texts.clean(nothing)


def test_two_hundred_code_points_fit_and_one_more_does_not() -> None:
    assert texts.clean(" " + "😀" * 200 + "\0 ") == "😀" * 200
    with pytest.raises(Refused) as refused:
        texts.clean("😀" * 201)
    assert (refused.value.reason, refused.value.details) == ("text.too_long", {"limit": 200, "length": 201})


def test_the_limit_is_a_setting() -> None:
    assert texts.clean("hello", limit=5) == "hello"
    with pytest.raises(Refused, match=r"text\.too_long"):
        texts.clean("hello!", limit=5)


@given(naughty.texts)
def test_a_clean_text_is_its_own_clean_text(raw: str) -> None:
    try:
        text = texts.clean(raw)
    except Refused as refused:
        assert refused.reason in ("text.empty", "text.too_long")
        return
    assert texts.clean(text) == text


@given(naughty.texts)
def test_a_clean_text_keeps_the_promises(raw: str) -> None:
    try:
        text = texts.clean(raw)
    except Refused:
        return
    assert 1 <= len(text) <= 200
    assert text == text.strip() and len(text.splitlines()) == 1
    assert unicodedata.is_normalized("NFC", text) and characters.any_visible(text)
    assert not {unicodedata.category(c) for c in text} & {"Cc", "Cs"}
    text.encode()


@given(naughty.texts)
def test_only_what_cannot_be_seen_is_empty(raw: str) -> None:
    visible = characters.any_visible(raw)
    try:
        texts.clean(raw, limit=10_000)
    except Refused:
        assert not visible
    else:
        assert visible


# Links

SAID = [
    ("看http://example.com吧", ["http://example.com"]),
    ("地址是https://example.com/a?b=1，快去！", ["https://example.com/a?b=1"]),
    ("去http://example.com/路径看看", ["http://example.com/"]),
    ("http://example.com。http://example.org、", ["http://example.com", "http://example.org"]),
    ("（http://example.com）", ["http://example.com"]),
    ("see (http://example.com/x_(y)).", ["http://example.com/x_(y)"]),
    ("[text](https://example.com/a[1])", ["https://example.com/a[1]"]),
    ("http://example.com/a).", ["http://example.com/a"]),
    ("http://example.com/(", ["http://example.com/"]),
    ("really? http://example.com/?q=a!?", ["http://example.com/?q=a"]),
    ("http://example.com.", ["http://example.com"]),
    ("http://example.com...", ["http://example.com"]),
    ("http://example.com.然后", ["http://example.com"]),
    ('"http://example.com/a"', ["http://example.com/a"]),
    ("<http://example.com/a>", ["http://example.com/a"]),
    (
        "http://a.example:8080/x#y http://127.0.0.1:8000",
        ["http://a.example:8080/x#y", "http://127.0.0.1:8000"],
    ),
    ("http://example.com,http://example.org", ["http://example.com", "http://example.org"]),
    ("HTTP://EXAMPLE.COM/A", ["http://EXAMPLE.COM/A"]),
    ("http://xn--fsqu00a.xn--fiqs8s/", ["http://xn--fsqu00a.xn--fiqs8s/"]),
    ("https://zh.wikipedia.org/wiki/%E4%B8%AD_", ["https://zh.wikipedia.org/wiki/%E4%B8%AD_"]),
    ("javascript:http://example.com/", ["http://example.com/"]),
    ("http://example.com/@user", ["http://example.com/@user"]),
]


@pytest.mark.parametrize(("text", "found"), SAID)
def test_links_are_found_where_a_reader_sees_them(text: str, found: list[str]) -> None:
    assert hrefs(text) == found


ADDRESSES_WITH_LETTERS = """
    https://de.wikipedia.org/wiki/Käse https://ru.wikipedia.org/wiki/Борщ https://vi.wikipedia.org/wiki/Phở
    https://ar.wikipedia.org/wiki/القاهرة https://hi.wikipedia.org/wiki/समोसा https://el.wikipedia.org/wiki/Ἀθῆναι
    https://he.wikipedia.org/wiki/תל_אביב https://tr.wikipedia.org/wiki/Işık https://ka.wikipedia.org/wiki/ხაჭაპური
    https://example.com/?q=größe&x=1#über https://fr.wikipedia.org/wiki/Élysée_(Paris)
"""


@pytest.mark.parametrize("address", ADDRESSES_WITH_LETTERS.split())
def test_letters_of_scripts_with_spaces_belong_to_an_address(address: str) -> None:
    for text in (f"{address} !", f"({address}),", f"{address}، {address}", f"«{address}»"):
        link = next(part for part in texts.links(text) if part.href)
        assert (link.text, link.cut) == (address, False)
        assert link.href and link.href.isascii() and unquote(link.href) == address


CUT = [
    ("https://zh.wikipedia.org/wiki/红烧肉", "https://zh.wikipedia.org/wiki/"),
    ("https://example.com/很好", "https://example.com/"),
    ("https://b23.tv/abc123这个视频", "https://b23.tv/abc123"),
    ("https://www.example.com/search?q=红烧肉&page=2", "https://www.example.com/search?q="),
    ("https://ja.wikipedia.org/wiki/すし", "https://ja.wikipedia.org/wiki/"),
    ("https://example.com/a에 있어요", "https://example.com/a"),
    ("https://th.wikipedia.org/wiki/ผัดไทย", "https://th.wikipedia.org/wiki/"),
    ("https://example.com吧", "https://example.com"),
    ("https://example.com/👍", "https://example.com/"),
    ("https://example.com/a\u200bb", "https://example.com/a"),
    ("https://fa.wikipedia.org/wiki/نیم\u200cفاصله", "https://fa.wikipedia.org/wiki/نیم"),
    ("https://de.wikipedia.org/wiki/Käse红", "https://de.wikipedia.org/wiki/Käse"),
]


@pytest.mark.parametrize(("text", "address"), CUT)
def test_where_nobody_can_tell_the_link_leads_to_what_it_says_and_its_end_is_shown(text: str, address: str) -> None:
    link = texts.links(text)[0]
    assert (link.text, link.cut) == (address, True)
    assert link.href and unquote(link.href) == address


@pytest.mark.parametrize(
    "end", ["", " ok", "。", "，好", "）", "》", "」", "、", "：", "！", "…", '"', "<", ">", "\u3000好", "～"]
)
def test_where_it_is_plain_nothing_is_shown(end: str) -> None:
    assert not texts.links(f"https://example.com/a{end}")[0].cut


NO_LINKS = """
    javascript:alert(1) data:text/html,x ftp://example.com //example.com example.com www.example.com
    http:// http://localhost/ http://example http://.com http://-a.com http://a-.com http://a..com http://a.com-
    http://例子.中国/ http://example.中国 http://пример.com http://exampleпример.com http://www.companyü.de
    http://bank.example@evil.example/ http://bank.example:x@evil.example/ http://bank.example,x@evil.example
    http://a.com:123456/ http://1.2.3/ http://1.2.3.4.5/ http://a.com.5/ http://[::1]/ http://a_b.com
    http:/a.com xhttp://a.com hſtp://a.com httpſ://a.com http://example.K http:\\\\a.com
"""


@pytest.mark.parametrize("text", NO_LINKS.split())
def test_what_only_looks_like_a_link_stays_text(text: str) -> None:
    assert texts.links(text) == [Part(text, None)]


def test_an_empty_text_has_no_parts() -> None:
    assert texts.links("") == []


def test_a_text_is_cut_around_its_links() -> None:
    assert texts.links("看http://a.com和HTTPS://b.com/。") == [
        Part("看", None),
        Part("http://a.com", "http://a.com", cut=True),
        Part("和", None),
        Part("HTTPS://b.com/", "https://b.com/"),
        Part("。", None),
    ]


PIECES = [
    *["http://", "https://", "javascript:", "a.com", "1.2.3.4", ":80", "com", "a", ".", "/", "?", "#", "@"],
    *["(", ")", "[", "]", "。", "中", "é", "ي", "\u0301", "\u200c", "👍", ",", "!", "'", '"', "-", "_", "%", "<", " "],
]
URLISH = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)

HREF = re.compile(r"https?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?([/?#][!#-;=?-_a-z~]*)?")


@given(naughty.texts | URLISH)
def test_the_parts_are_the_text_and_every_link_is_http(text: str) -> None:
    parts = texts.links(text)
    assert "".join(part.text for part in parts) == text
    assert all(part.text for part in parts)
    for part in parts:
        if part.href is not None:
            assert HREF.fullmatch(part.href) and part.href[-1] not in ".,:;!?'*~(["
            assert unquote(part.href).casefold() == unquote(part.text).casefold()


@given(URLISH)
def test_a_link_by_itself_is_the_same_link(text: str) -> None:
    for href in hrefs(text):
        assert texts.links(href) == [Part(href, href)]


@given(URLISH, URLISH)
def test_a_link_between_chinese_is_always_found(before: str, after: str) -> None:
    assert "http://example.com/x" in hrefs(f"{before}。http://example.com/x。{after}")


def test_a_long_text_is_cut_in_no_time() -> None:
    for piece in ("http://", "http://a.", "http://a.b.com/)", "http://a.co(" + ")", "a" * 9, "http://a.co:@"):
        text = piece * (100_000 // len(piece))
        assert "".join(part.text for part in texts.links(text)) == text
    assert len(texts.links("http://a.com/" + ")" * 100_000)) == 2


# Keys


@pytest.mark.parametrize("key", ["a", "A-_9", "x" * 64])
def test_a_good_key_is_kept(key: str) -> None:
    assert texts.key(key) == key


@pytest.mark.parametrize("key", ["x" * 65, " ", "a b", "a\n", "ключ", "a.b", "\0", "\ud800", "１"])
def test_a_bad_key_is_refused(key: str) -> None:
    with pytest.raises(Refused, match=r"key\.invalid"):
        texts.key(key)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_key_a_fresh_one_is_made(nothing: str | None) -> None:
    keys = {texts.key(nothing) for _ in range(50)}
    assert len(keys) == 50
    assert all(texts.key(key) == key and len(key) >= 16 for key in keys)


@given(naughty.texts.filter(bool))
def test_a_key_is_itself_or_refused(raw: str) -> None:
    try:
        assert texts.key(raw) == raw
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", raw)
    except Refused as refused:
        assert refused.reason == "key.invalid"


@pytest.mark.parametrize("raw", naughty.BIG_LIST)
def test_the_big_list_of_naughty_strings_is_answered(raw: str) -> None:
    assert "".join(part.text for part in texts.links(raw)) == raw
    try:
        text = texts.clean(raw)
    except Refused as refused:
        assert refused.reason in ("text.empty", "text.too_long")
    else:
        assert texts.clean(text) == text
