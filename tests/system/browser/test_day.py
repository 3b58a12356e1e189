"""A window that has missed a whole day; one that stands open for long; a log that was restored from a copy."""

import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.kit.browser import Window
from tests.kit.process import Process
from tests.system.browser.conftest import Visitor

DAY = 10_000

pytestmark = pytest.mark.shows("net::ERR_", "htmx:(sendError|afterRequest)")


@pytest.fixture
def server(own_server: Process) -> Process:
    return own_server


def shown(window: Window) -> list[int]:
    """The numbers of the messages in the page, in their order."""
    numbers: list[int] = window.page.evaluate("[...document.querySelectorAll('.message')].map(it => +it.dataset.seq)")
    return numbers


def test_a_day_of_messages_comes_in_order_and_the_page_stays_small(
    visitor: Visitor, server: Process, room: str
) -> None:
    ann = visitor()
    ann.says("good night")
    ann.sees("good night")
    ann.types("half a mess")
    most_shown = """
        new MutationObserver(() => {
            const shown = [...document.querySelectorAll('.message')].map(it => +it.dataset.seq)
            window.most = Math.max(window.most || 0, shown.length)
            window.holes = window.holes || shown.some((seq, at) => at && seq != shown[at - 1] + 1)
            window.marked = window.marked || document.querySelector('.unread + .message')?.dataset.seq
        }).observe(document.querySelector('#scroll'), {childList: true, subtree: true})
    """
    ann.page.evaluate(most_shown)
    server.stop()
    server.fill(room, [f"line {number}" for number in range(2, DAY + 2)])
    server.start()
    expect(ann.messages.last).to_have_text(f"line {DAY + 1}", timeout=60_000)
    bob = visitor()
    bob.says("good morning")
    expect(ann.messages.last).to_have_text("good morning")
    ann.until(lambda: len(shown(ann)) <= 300)  # the message that makes it too long comes before what trims it
    numbers = shown(ann)
    assert numbers == list(range(numbers[0], DAY + 3))
    assert ann.page.evaluate("window.most") <= 400, "it grew too long on the way"
    assert not ann.page.evaluate("window.holes")
    assert ann.page.evaluate("window.marked") == "2", "the mark did not stand where the unread begin"
    assert ann.page.locator(".unread + .message").get_attribute("data-seq") == str(numbers[0])
    expect(ann.box).to_have_value("half a mess")
    ann.scroller.evaluate("it => it.scrollTo(0, -1e6)")
    ann.until(lambda: len(shown(ann)) > len(numbers))
    numbers = shown(ann)
    assert numbers == list(range(numbers[0], DAY + 3))


def test_the_mark_of_the_unread_stands_where_they_begin(visitor: Visitor, server: Process, room: str) -> None:
    ann = visitor()
    ann.says("good night")
    ann.sees("good night")
    server.stop()
    server.fill(room, [f"line {number}" for number in range(1, 21)])
    server.start()
    ann.sees("line 20")
    mark = ann.page.get_by_text("New since you were away")
    expect(mark).to_have_count(1)
    after_mark = ann.page.locator(".unread + .message .text")
    expect(after_mark).to_have_text("line 1")


def test_a_log_restored_from_a_copy_loads_the_page_anew(visitor: Visitor, server: Process, room: str) -> None:
    ann, bob = visitor(), visitor("zh-CN")
    ann.says("kept")
    bob.sees("kept")
    with closing(sqlite3.connect(server.database)) as now, closing(sqlite3.connect(server.folder / "copy")) as copy:
        now.backup(copy)
    ann.says("lost 1", "lost 2")
    for window in (ann, bob):
        window.sees_only("kept", "lost 1", "lost 2")
    server.stop()
    for old in server.folder.glob("chatroom.sqlite*"):
        old.unlink()
    (server.folder / "copy").rename(server.database)
    server.start()
    for window in (ann, bob):
        window.sees_only("kept")
    ann.says("new")
    for window in (ann, bob):
        window.sees_only("kept", "new")
