"""Whatever happens, in whatever order: what a window shows is what the log holds.

Tails, pages and batches are tiny here, so that a few events reach every edge.
"""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from chat.actions.rooms import set_topic
from chat.app import Chat
from chat.settings import Settings
from chat.sizes import Sizes
from tests.kit.acts import gives_notice, removes
from tests.kit.chats import Clock, running, until
from tests.kit.people import Person, Room

TINY = Sizes(tail_events=4, poll_page=3, trim_to=4, older_page=2, entry_page=4, trim_from=7, trim_from_reading=12)
EXAMPLES = int(os.environ.get("EXAMPLES", "12"))
"""Histories that are tried; `make drill` tries more."""
REMOVED = "This message was removed"

T = TypeVar("T")


class Skipping(asyncio.SelectorEventLoop):
    """A loop that can be told that time has passed."""

    skipped = 0.0

    def time(self) -> float:
        return super().time() + self.skipped


class Server:
    """A chat that can be stopped and started again on its file."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        # The clock is far ahead of the real one, which events are dated by.
        self.settings = Settings(data_dir=folder, limits="off", keep_messages_days=0)
        self.clock = clock
        self.chat: Chat

    async def start(self) -> None:
        self._leave = asyncio.Event()
        started = asyncio.Event()
        self._life = asyncio.create_task(self._live(started))
        await started.wait()

    async def stop(self) -> None:
        self._leave.set()
        await self._life

    async def _live(self, started: asyncio.Event) -> None:
        async with running(self.settings, self.clock, sizes=TINY) as self.chat:
            started.set()
            await self._leave.wait()


class Windows(RuleBasedStateMachine):
    """One room, its log, and every way in which windows come to know it."""

    windows = Bundle("windows")
    sent = Bundle("sent")
    migrated: Path

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=Skipping)
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.migrated, self.folder / "chatroom.sqlite")
        self.clock = Clock()
        self.server = Server(self.folder, self.clock)
        self.open: list[Person] = []
        self.polling: dict[Person, asyncio.Task[Any]] = {}
        self.acknowledged: list[str] = []
        self.count = 0

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    def teardown(self) -> None:
        try:
            self.run(self.everybody_catches_up())
        finally:
            self.run(self.server.stop())
            self.runner.close()
            shutil.rmtree(self.folder)

    async def everybody_catches_up(self) -> None:
        """At the end every window shows everything."""
        await self.nobody_polls()
        for window in self.open:
            await window.catches_up()
            assert shown(window)[-1:] == [event["seq"] for event in self.log()][-1:]
            self.compare(window)

    # --- what the log holds ---

    def log(self) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(self.folder / "chatroom.sqlite")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM event ORDER BY seq")]

    def last_seq(self) -> int:
        with closing(sqlite3.connect(self.folder / "chatroom.sqlite")) as database:
            return sum(last for (last,) in database.execute("SELECT last_seq FROM room"))

    # --- what happens ---

    @initialize(target=windows)
    def starts(self) -> Any:
        self.run(self.server.start())
        first = self.opens()
        return multiple(first, self.duplicate(first), self.opens())

    @rule(target=windows)
    def another_opens(self) -> Any:
        return self.opens() if len(self.open) < 6 else multiple()

    def opens(self) -> Person:
        window = self.run(Room(self.server.chat).enter())
        self.open.append(window)
        return window

    @rule(target=windows, window=windows)
    def duplicates_its_tab(self, window: Person) -> Any:
        return self.duplicate(window) if len(self.open) < 6 else multiple()

    def duplicate(self, window: Person) -> Person:
        twin = Person(window.browser)
        self.run(twin.enters(window.url))
        self.open.append(twin)
        return twin

    @rule(window=consumes(windows))
    def closes(self, window: Person) -> None:
        """Its poll stays held: the server does not see that it is gone."""
        if len(self.open) > 1:
            self.open.remove(window)

    @rule(window=windows)
    def polls(self, window: Person) -> None:
        self.run(self.begins_to_poll(window))

    @rule(window=windows)
    def reloads(self, window: Person) -> None:
        if window not in self.polling:
            self.run(window.reloads())

    @rule(window=windows)
    def reads_earlier(self, window: Person) -> None:
        if window not in self.polling and window.page.has("#older a"):
            self.run(window.reads_earlier())

    @rule(target=sent, window=windows)
    def says(self, window: Person) -> tuple[Person, str, str]:
        return self.run(self.sends(window))

    @rule(window=windows, times=some.integers(2, 7))
    def says_much_at_once(self, window: Person, times: int) -> None:
        async def together() -> None:
            await asyncio.gather(*(self.sends(window) for _ in range(times)))

        self.run(together())

    @rule(message=sent)
    def says_the_same_again(self, message: tuple[Person, str, str]) -> None:
        window, key, text = message
        before = self.last_seq()
        self.run(self.posts(window, key, text))
        assert self.last_seq() == before

    @rule(message=sent)
    def says_something_else_with_a_used_key(self, message: tuple[Person, str, str]) -> None:
        window, key, _ = message
        self.run(self.sends(window, key))

    @rule(window=windows, number=some.integers(0, 2))
    def renames(self, window: Person, number: int) -> None:
        self.run(self.takes_nickname(window, f"name {number}"))

    @rule(target=sent, window=windows, back=some.integers(0, 5))
    def replies(self, window: Person, back: int) -> Any:
        messages = [event["seq"] for event in self.log() if event["kind"] == "message" and not event["erased"]]
        if back >= len(messages):
            return multiple()
        return self.run(self.sends(window, reply_to=messages[-1 - back]))

    @rule(target=sent, window=windows, number=some.integers(0, 2))
    def mentions(self, window: Person, number: int) -> Any:
        return self.run(self.sends(window, more=f" @name {number}"))

    @rule(number=some.integers(0, 2))
    def the_room_gets_a_topic(self, number: int) -> None:
        self.run(self.sets_topic(f"topic {number}"))

    @rule(back=some.integers(0, 5))
    def somebody_removes_a_message(self, back: int) -> None:
        messages = [event["seq"] for event in self.log() if event["kind"] == "message"]
        self.run(self.removes(messages[-1 - back] if back < len(messages) else 0))

    @rule(number=some.integers(0, 9))
    def somebody_removes_what_may_be_none(self, number: int) -> None:
        self.run(self.removes(number))

    @rule()
    def the_house_says(self) -> None:
        if self.last_seq():
            self.run(gives_notice(self.server.chat, "lobby", "Quiet, please."))
            self.run(self.everybody_hears())

    @rule(seconds=some.sampled_from([3, 30, 300]))
    def time_passes(self, seconds: int) -> None:
        """Polls end, rooms are forgotten, people have been away."""
        self.clock.passes(seconds)
        loop = self.runner.get_loop()
        assert isinstance(loop, Skipping)
        loop.skipped += seconds
        self.run(self.those_end(seconds))

    @rule(seldom=some.integers(0, 3))
    def the_server_restarts(self, seldom: int) -> None:
        if not seldom:
            self.run(self.restarts())

    # --- how ---

    async def begins_to_poll(self, window: Person) -> None:
        if window in self.polling:
            return
        held = self.server.chat.services.waiters.held
        before = held.get(window.seat)
        task = asyncio.create_task(window.polls())
        await until(lambda: task.done() or held.get(window.seat) not in (None, before))
        self.polling[window] = task
        await self.answered()

    async def answered(self) -> None:
        """Let the polls that have their answer show it."""
        for _ in range(20):
            await asyncio.sleep(0)
        for window, task in list(self.polling.items()):
            if task.done():
                del self.polling[window]
                assert task.result().status_code == 200

    async def everybody_hears(self) -> None:
        """Whoever waits and does not know the newest is woken."""
        last = self.last_seq()
        behind = [task for window, task in self.polling.items() if cursor(window) < last]
        await until(lambda: all(task.done() for task in behind))
        await self.answered()

    async def nobody_polls(self) -> None:
        self.server.chat.services.waiters.release()
        await until(lambda: all(task.done() for task in self.polling.values()))
        await self.answered()
        assert self.server.chat.services.waiters.held == {}

    async def those_end(self, seconds: int) -> None:
        if seconds >= 30:
            await until(lambda: not self.server.chat.services.waiters.held)
        await self.answered()

    async def restarts(self) -> None:
        await self.nobody_polls()
        await self.server.stop()
        await self.server.start()
        for window in self.open:
            window.browser.move_to(self.server.chat)

    async def sends(
        self, window: Person, key: str | None = None, *, more: str = "", reply_to: int | None = None
    ) -> tuple[Person, str, str]:
        self.count += 1
        text, key = f"message {self.count}{more}", key or f"key-{self.count}"
        await self.posts(window, key, text, reply_to)
        self.acknowledged.append(text)
        return window, key, text

    async def posts(self, window: Person, key: str, text: str, reply_to: int | None = None) -> None:
        fields = {"key": key, "text": text} | ({"reply_to": str(reply_to)} if reply_to else {})
        answer = await window.browser.http.post(f"{window.path}messages", data=fields, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.text
        await self.everybody_hears()

    async def removes(self, number: int) -> None:
        await removes(self.server.chat, "lobby", number)
        await self.everybody_hears()

    async def sets_topic(self, topic: str) -> None:
        await set_topic(self.server.chat.services.actions, "lobby", "mia", topic)
        await self.everybody_hears()

    async def takes_nickname(self, window: Person, nickname: str) -> None:
        answer = await window.posts("nickname", {"nickname": nickname}, headers={"HX-Request": "true"})
        assert answer.status_code == 200, answer.text
        await self.everybody_hears()

    # --- what is always so ---

    @invariant()
    def the_log_has_no_holes(self) -> None:
        assert [event["seq"] for event in self.log()] == list(range(1, self.last_seq() + 1))

    @invariant()
    def what_was_acknowledged_is_there_once(self) -> None:
        stored = [event["once"] for event in self.log() if event["kind"] == "message"]
        assert len(set(stored)) == len(stored) == len(self.acknowledged)
        texts = [event["text"] for event in self.log() if event["kind"] == "message" and not event["erased"]]
        assert len(set(texts)) == len(texts)
        assert set(texts) <= set(self.acknowledged)

    @invariant()
    def every_window_shows_the_log_up_to_its_cursor(self) -> None:
        for window in self.open:
            self.compare(window)

    def compare(self, window: Person) -> None:
        numbers = shown(window)
        assert numbers == list(range(numbers[0], numbers[-1] + 1)) if numbers else True, numbers
        assert numbers[-1:] == ([cursor(window)] if cursor(window) else [])
        if not window.page.has("#older a"):
            assert numbers[:1] in ([], [1]), "this is not where the room begins"
        log = {event["seq"]: event for event in self.log()}
        removed = {event["target"]: event["seq"] for event in log.values() if event["kind"] == "removal"}
        for line in window.page.messages:
            assert line.seq
            event = log[line.seq]
            if line.text == REMOVED:
                assert event["erased"]
            elif event["erased"]:
                assert cursor(window) < removed[line.seq]
            else:
                assert line.text == event["text"]
                self.compare_parts(window, event, removed)
        topics = [
            event["text"] for event in log.values() if event["kind"] == "topic" and event["seq"] <= cursor(window)
        ]
        if topics:
            assert window.page.one("#topic").text == topics[-1]

    def compare_parts(self, window: Person, event: dict[str, Any], removed: dict[int, int]) -> None:
        """What a message quotes and whom it mentions."""
        line = window.page.one(f"#m{event['seq']}")
        assert len(line.all(".at")) == len(event["mentions"].split())
        quotes = line.all(".quote")
        assert [int(quote["data-re"]) for quote in quotes] == [target for target in [event["target"]] if target]
        if quotes and removed.get(event["target"], cursor(window) + 1) <= cursor(window):
            assert quotes[0].text == REMOVED


def shown(window: Person) -> list[int]:
    return [int(li["data-seq"]) for li in window.page.all("#history li, #live li") if li.get("data-seq")]


def cursor(window: Person) -> int:
    return int(window.cursor.removeprefix("messages?after=").removesuffix("&first=1"))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, migrated: Path) -> None:
    """The loop's clock jumps: waiting for people must not end because of that."""
    monkeypatch.setattr("tests.kit.people.PATIENCE", 1e6)
    Windows.migrated = migrated


@pytest.mark.usefixtures("patient")
def test_what_a_window_shows_is_what_the_log_holds():
    run_state_machine_as_test(
        Windows,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            print_blob=True,
        ),
    )
