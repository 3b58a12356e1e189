"""What is not let in: a line says why, in the visitor's language, and what was typed stays."""

import re
from collections.abc import AsyncIterator

import pytest

from chat.storage.tables import Event
from tests.kit.page import Page
from tests.kit.people import Person, Room, Window

HTMX = {"HX-Request": "true"}
TEXTS = [
    ("", "Write something first.", "先写"),
    ("   \u3000\t ", "Write something first.", "先写"),
    ("\u200b\u2060\u00ad", "Write something first.", "先写"),
    ("x" * 201, "That is 201 characters; a message may have 200.", "201"),
    ("字" * 1000, "That is 1000 characters; a message may have 200.", "1000"),
]
NICKNAMES = [
    ("", "A nickname needs at least one visible character."),
    ("\u200b", "A nickname needs at least one visible character."),
    ("x" * 11, "That is 11 characters; a nickname may have 10."),
    ("a\u202eb", "That nickname has characters that cannot be seen or could mislead."),
    ("a\u0301\u0302\u0303\u0304\u0305", "That nickname has too many marks on one letter."),
    ("Admin", "That nickname could pass for the system or staff. Choose another."),
    ("аdmіn", "That nickname could pass for the system or staff. Choose another."),
    ("系统消息", "That nickname could pass for the system or staff. Choose another."),
]


@pytest.mark.parametrize(("text", "english", "chinese"), TEXTS)
async def test_a_refused_message_stays_in_the_box(room: Room, text: str, english: str, chinese: str):
    for language, words in (("en", english), ("zh", chinese)):
        person = await room.enter(language=language)
        assert words in await person.is_refused(text)
        plain = await room.enter_without_script(language=language)
        assert words in await plain.is_refused(text)
    assert await Event.count() == 0


@pytest.mark.parametrize(("nickname", "words"), NICKNAMES)
async def test_a_refused_nickname_stays_in_its_box(room: Room, nickname: str, words: str):
    ann, plain = await room.enter(), await room.enter_without_script()
    assert await ann.is_refused_nickname(nickname) == words
    assert await plain.is_refused_nickname(nickname) == words
    assert ann.nickname == plain.nickname == "Anonymous"


@pytest.mark.parametrize("nickname", [nickname for nickname, _ in NICKNAMES])
async def test_a_refused_nickname_is_explained_in_chinese(room: Room, nickname: str):
    li = await room.enter(language="zh")
    assert re.search("昵称|字符", await li.is_refused_nickname(nickname))


async def test_a_refusal_says_nothing_in_the_room(ann: Person, bob: Person):
    await bob.polls()
    poll = await bob.waits()
    await ann.is_refused("")
    await ann.is_refused_nickname("admin")
    assert not poll.done()
    await ann.says("hi")
    assert "admin" not in (await poll).text
    assert bob.texts == ["hi"]


async def test_what_was_refused_can_be_mended_and_sent(ann: Person):
    await ann.is_refused("x" * 201)
    await ann.says("x" * 200)
    assert ann.alerts == []
    await ann.sees("x" * 200)


async def test_a_page_with_a_refusal_is_a_whole_page(room: Room):
    plain = await room.enter_without_script()
    await plain.is_refused("x" * 201)
    await plain.says("shorter")
    assert plain.texts == ["shorter"]
    assert plain.alerts == []


async def test_a_refused_message_with_markup_in_it_is_kept_as_it_was_typed(room: Room):
    text = '"><script>alert(1)</script>' + "&amp;" * 50
    assert await (await room.enter_without_script()).is_refused(text)


async def test_refusing_one_form_leaves_the_other_alone(room: Room):
    plain = await room.enter_without_script()
    await plain.is_refused_nickname("admin")
    assert plain.alerts == ["That nickname could pass for the system or staff. Choose another."]
    assert plain.page.one("#say-alert").text == ""
    assert plain.typed == ""


@pytest.mark.parametrize(
    ("key", "refused"), [("", False), ("a", False), ("A-z_0" * 12, False), ("x" * 65, True), ("a b", True), ("é", True)]
)
async def test_a_form_without_a_key_is_fine_and_with_a_broken_one_is_not(ann: Person, key: str, refused: bool):
    ann.page.box("key").attributes["value"] = key
    if refused:
        assert "Reload the page" in await ann.is_refused("hi")
    else:
        await ann.says("hi")


@pytest.mark.settings(message_length=10)
async def test_the_operator_may_want_shorter_messages(ann: Person):
    await ann.says("x" * 10)
    assert await ann.is_refused("x" * 11) == "That is 11 characters; a message may have 10."


@pytest.mark.settings(reserved_names=("boss",))
async def test_the_operator_may_reserve_other_names(ann: Person):
    await ann.renames("admin")
    await ann.is_refused_nickname("B0SS")


async def test_the_page_stops_nothing_that_the_server_would_take(ann: Person):
    for box in ("text", "nickname"):
        assert not {"maxlength", "required", "pattern", "minlength"} & ann.page.box(box).attributes.keys()
    await ann.says("😀" * 200)
    await ann.sees("😀" * 200)


async def test_line_breaks_become_spaces_and_control_characters_go(ann: Person):
    await ann.tries(" a\r\nb\nc\0d\x1be\t")
    await ann.sees("a b cde")


# --- the form's way ---


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"text=a&text=b", "The form came with a field twice."),
        (b"text=a&" + b"&".join(b"x%d=1" % n for n in range(13)), "The form came with a field twice."),
        (b"text=%ff%fe", "That text cannot be read."),
        (b"text=\xff", "That text cannot be read."),
        (b"text=%ED%A0%80", "That text cannot be read."),
        (b"", "Write something first."),
        (b"message=hi", "Write something first."),
        (b"text", "Write something first."),
        (b"&&&===", "Write something first."),
    ],
)
async def test_a_form_that_came_crooked_is_refused(room: Room, body: bytes, words: str):
    person = await room.enter()
    answer = await person.posts("messages", content=body, headers=HTMX)
    assert answer.status_code == 422
    assert words in answer.text
    window = await room.enter_without_script()
    window.shows(await window.posts("messages", content=body))
    assert window.answer.status_code == 422
    assert words in window.alerts[0]
    assert await Event.count() == 0


async def test_what_can_be_read_of_a_crooked_form_is_kept(room: Room):
    plain = await room.enter_without_script()
    plain.shows(await plain.posts("messages", content=b"text=hello+%ff"))
    assert plain.typed.startswith("hello")
    plain.shows(await plain.posts("nickname", content=b"nickname=Ann&nickname=Bob"))
    assert plain.typed_nickname == "Bob"


async def test_a_nickname_that_came_crooked_is_refused(ann: Person):
    answer = await ann.posts("nickname", content=b"nickname=%ff", headers=HTMX)
    assert answer.status_code == 422
    assert "That nickname cannot be read." in answer.text
    assert answer.headers["hx-retarget"] == "#nickname-told"


@pytest.mark.parametrize(("path", "line"), [("messages", "#say-told"), ("nickname", "#nickname-told")])
async def test_a_body_that_is_far_too_large_is_refused(ann: Person, path: str, line: str):
    answer = await ann.posts(path, content=b"text=" + b"x" * 20_000, headers=HTMX)
    assert answer.status_code == 422
    assert answer.headers["hx-retarget"] == line
    assert "That is far too much for one message." in answer.text
    window = Window(ann.browser)
    window.url = ann.url
    window.shows(await window.posts(path, content=b"text=" + b"x" * 20_000))
    assert window.answer.status_code == 413
    assert window.alerts == ["That is far too much for one message."]


@pytest.mark.parametrize("letter", ["x", "好", "👍", "<b>"])
@pytest.mark.parametrize("box", ["messages text", "nickname nickname"])
async def test_what_is_far_too_large_is_given_back_as_far_as_a_page_can_hold_it(ann: Person, box: str, letter: str):
    path, field = box.split()
    answer = await ann.posts(path, {"key": "k", field: letter * 30_000})
    assert answer.status_code == 413
    assert Page(answer.text).one("blockquote").text == (letter * 2_000)[:2_000]


async def test_what_is_too_large_and_never_said_how_large_is_refused(ann: Person):
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 1_000

    answer = await ann.posts("messages", content=endless())
    assert answer.status_code == 413
