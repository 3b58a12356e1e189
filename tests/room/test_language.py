"""Everybody reads the room in their own language."""

import re

import pytest

from tests.kit.page import Page
from tests.kit.people import SITE, NoScriptPerson, Person, Room, Window


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


async def switches(window: Window, language: str) -> None:
    """Press the language's button at the foot of the page."""
    button = window.page.one(f'form.language button[value="{language}"]')
    answer = await window.posts("/language", {button["name"]: button["value"]})
    assert answer.status_code == 303
    await window.enters(answer.headers["location"])


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("en-US,en;q=0.5", "en"),
        ("fr,de", "en"),
        ("fr;q=0.9,zh;q=0.8,en;q=0.7", "zh-Hans"),
        ("en;q=0,zh;q=0.1", "zh-Hans"),
        ("*", "zh-Hans"),
        ("", "zh-Hans"),
        (";;;,q=,=,zh;q=x", "en"),
        ("en;q=nan,zh", "zh-Hans"),
        ("EN", "en"),
        ("x" * 5000, "en"),
    ],
)
async def test_the_browser_s_wish_is_followed(room: Room, accepted: str, lang: str):
    browser = room.browser()
    browser.http.headers["Accept-Language"] = accepted
    person = await room.enter(browser)
    assert person.page.one("html")["lang"] == lang


async def test_who_names_no_language_gets_the_first(room: Room):
    browser = room.browser()
    del browser.http.headers["Accept-Language"]
    assert (await room.enter(browser)).page.one("html")["lang"] == "zh-Hans"


async def test_the_language_can_be_changed_in_the_page_and_stays(ann: Person, room: Room):
    seat = ann.seat
    assert [button.text for button in ann.page.all("form.language button")] == ["中文"]
    await switches(ann, "zh")
    assert (ann.page.one("html")["lang"], ann.seat) == ("zh-Hans", seat)
    assert ann.nickname == "匿名用户"
    other = await room.enter(ann.browser)
    assert other.page.one("html")["lang"] == "zh-Hans"
    await switches(ann, "en")
    assert ann.page.one("html")["lang"] == "en"


async def test_the_language_can_be_changed_without_a_script(room: Room):
    plain = await room.enter_without_script()
    await switches(plain, "zh")
    assert plain.page.one("html")["lang"] == "zh-Hans"


async def test_polls_and_refusals_follow_the_choice(ann: Person):
    await switches(ann, "zh")
    await ann.renames("Ann")
    await ann.renames("匿名用户")
    await ann.says("hi")
    await ann.sees("hi")
    assert ann.line("hi").nickname == "匿名用户"
    assert re.search("[一-龥]", await ann.is_refused(""))


async def test_the_choice_leads_back_to_the_page_it_was_made_on(ann: Person):
    for referer, where in (
        (ann.url, ann.path),
        (f"{SITE}{ann.path}messages", ann.path),
        (f"{SITE}{ann.path}messages?before=7", ann.path),
        (f"{SITE}{ann.path}nickname", ann.path),
        ("", "/"),
        ("https://evil.example/r/lobby/", "/"),
        ("//evil.example/r/lobby/", "/"),
        (f"{SITE}//evil.example/", "/"),
        ("http://[", "/"),
        (f"{SITE}/health", "/"),
    ):
        answer = await ann.posts("/language", {"language": "zh"}, headers={"Referer": referer})
        assert (answer.status_code, answer.headers["location"]) == (303, where), referer


@pytest.mark.parametrize(
    "fields", [{}, {"language": ""}, {"language": "fr"}, {"language": "zh\r\nX: y"}, {"lang": "zh"}]
)
async def test_a_language_that_there_is_not_is_refused(ann: Person, fields: dict[str, str]):
    answer = await ann.posts("/language", fields)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers
    assert Page(answer.text).alerts()


async def test_a_choice_that_there_is_not_any_more_is_passed_over(ann: Person):
    ann.browser.http.cookies.set("language", "tlh", path="/")
    await ann.reloads()
    assert ann.page.one("html")["lang"] == "en"


async def test_errors_speak_the_visitor_s_language(room: Room):
    for language, lang in (("en", "en"), ("zh", "zh-Hans")):
        answer = await room.browser(language).gets("/nowhere")
        page = Page(answer.text)
        assert (answer.status_code, page.one("html")["lang"]) == (404, lang)
        assert bool(re.search("[一-龥]", page.one("h1").text)) == (language == "zh")


async def test_no_word_of_another_language_is_on_a_page(room: Room):
    english, chinese = NoScriptPerson(room.browser("en")), NoScriptPerson(room.browser("zh"))
    for window in (english, chinese):
        await window.enters("/r/x/")
        await window.says("1")
        await window.renames("2")
        for form in window.page.all("form.language"):
            form.replace()
    assert not re.search("[一-龥]", english.page.one("body").text)
    left = re.sub(rf"{chinese.tag}|{english.tag}|\d", "", chinese.page.one("body").text)
    assert set(re.findall("[A-Za-z]{5,}", left)) <= {"Cookie"}
