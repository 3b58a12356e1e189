"""What is removed goes from open windows too."""

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import expect

from chat.server import serve
from chat.settings import Settings
from tests.kit.acts import removes, says
from tests.kit.ports import free_port
from tests.system.browser.conftest import Visitor

OPEN_FILES = 1024


class Inside:
    """A server in this process, so that a test can reach its log: removing has no page of its own yet."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.server = serve.server(Settings(data_dir=folder, port=self.port), OPEN_FILES, tells=False)
        self.chat = self.server.chat
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=lambda: self.loop.run_until_complete(self.server.serve()))

    def does(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(10)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.loop.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Inside]:
    inside = Inside(tmp_path)
    inside.thread.start()
    while not inside.server.started:
        inside.thread.join(0.02)
    yield inside
    inside.stop()


def test_a_removed_message_goes_from_every_open_window(visitor: Visitor, server: Inside, room: str) -> None:
    ann, bob, eve = visitor(), visitor("zh-CN"), visitor(script=False)
    ann.says("one", "two", "three")
    plain = eve.page.frame_locator("iframe").locator(".message .text")
    expect(plain).to_have_text(["one", "two", "three"])
    bob.sees_only("one", "two", "three")
    ann.types("half a mess")
    server.does(removes(server.chat, room, 2))
    ann.sees_only("one", "This message was removed", "three")
    bob.sees_only("one", "这条消息已被删除", "three")
    expect(plain).to_have_text(["one", "This message was removed", "three"])
    for window in (ann, bob):
        assert "two" not in window.page.content()
    expect(ann.box).to_have_value("half a mess")
    bob.says("four")
    ann.sees_only("one", "This message was removed", "three", "four")


def test_a_removal_of_a_message_that_a_window_does_not_show_disturbs_nothing(
    visitor: Visitor, server: Inside, room: str
) -> None:
    ann = visitor()
    for number in range(1, 61):
        server.does(says(server.chat, room, f"line {number}", seat=f"seat-{number}"))
    late = visitor()
    server.does(removes(server.chat, room, 3))
    late.says("still here")
    late.sees("still here")
    ann.sees("still here", "This message was removed")
