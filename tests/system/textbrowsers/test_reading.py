"""The room in w3m and lynx."""

from tests.kit.process import Process
from tests.kit.text_browsers import ENGLISH, Words
from tests.system.textbrowsers.conftest import Enter


def test_reading_and_writing(enter: Enter, server: Process, room: str, words: Words) -> None:
    server.fill(room, ["first", "第二"])
    ann, bob = enter(words), enter(words)
    ann.sees(words.write, "first", "第二", words.box)
    ann.says("hello 你好")
    ann.sees("first", "第二", "hello 你好", words.box)
    bob.does_not_see("hello")
    bob.refreshes()
    bob.sees("first", "第二", "hello 你好")
    bob.says("hi Ann")
    ann.refreshes()
    ann.sees("hello 你好", "hi Ann")
    assert server.said(room) == ["first", "第二", "hello 你好", "hi Ann"]


def test_renaming(enter: Enter, words: Words) -> None:
    ann = enter(words)
    ann.sees(words.anonymous)
    ann.says("before")
    ann.sees(words.anonymous, "before")
    ann.takes_nickname("安 Ann")
    ann.sees("安 Ann", words.anonymous, "before", words.anonymous, "安 Ann")
    ann.says("after")
    ann.sees("before", "安 Ann", "安 Ann", "after")


def test_nothing_is_said_that_only_a_script_may_say(enter: Enter, words: Words) -> None:
    ann = enter(words)
    ann.sees(words.box)
    for line in "Not sent", "还没有发出", "Reconnecting", "正在重新连接", "New messages appear", "新消息会自动出现":
        ann.does_not_see(line)


def test_what_is_refused_is_kept(enter: Enter, server: Process, room: str) -> None:
    ann = enter(ENGLISH)
    ann.tries_to_say("x" * 201)
    ann.sees("201 characters", "x" * 10)
    assert server.said(room) == []


def test_earlier_messages(enter: Enter, server: Process, room: str) -> None:
    server.fill(room, [f"line {number}." for number in range(1, 61)])
    ann = enter(ENGLISH)
    ann.follows(ENGLISH.earlier)
    ann.sees(ENGLISH.newest, "line 1.", "line 10.")
    ann.follows(ENGLISH.newest)
    ann.sees("line 11.", "line 12.")
    ann.does_not_see("line 10.")
