"""Many windows at little cost: each does with its answers what htmx does, and remembers all it was ever shown."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.kit.wire import Answer, Connection, Failed, chunks, read_head, request

LINE = re.compile(r'<li id="m(\d+)" data-seq="\1"[^>]*? class="(?:line )?(\w+)[^"]*"[^>]*>(.*?)</li>', re.DOTALL)
TEXT = re.compile(r'<p class="text[^"]*"[^>]*>(.*?)</p>', re.DOTALL)
TAG = re.compile("<[^>]*>")
ERASED = 'class="text erased"'
POLLER = re.compile(
    r'<li class="poll" id="poll"[^>]*? hx-get="messages\?after=(\d+)([^"]*)" hx-trigger="([^"]*)"[^>]*>(.*?)</li>',
    re.DOTALL,
)
INPUT = re.compile(r'<input type="hidden" class="window"[^>]*? name="(\w+)" value="([^"]*)"')
DELETED = re.compile(r'hx-swap-oob="delete:([^"]*)"')
EVERY = re.compile(r"every (\d+)s")
HTMX = {"HX-Request": "true"}


class Shown(NamedTuple):
    """A line of the log as a window showed it."""

    seq: int
    kind: str
    text: str


class Wrong(AssertionError):
    """A window was shown what it must not be shown."""


def lines(html: str) -> list[Shown]:
    """The events in a page or an answer. Only a message's own text is kept: that of other lines has names in it; one
    that is erased has none."""
    found = []
    for seq, kind, inner in LINE.findall(html):
        text = TEXT.search(inner) if kind == "message" else None
        said = "" if text is None or ERASED in text[0] else TAG.sub("", text[1])
        found.append(Shown(int(seq), kind, said))
    return found


class Seat:
    """A seat in a room, with its cookies."""

    def __init__(self, port: int, room: str, patience: float, pause: float = 0.1) -> None:
        self.room = room
        self.connection = Connection(port, patience)
        self.path = ""
        self.cookies: dict[str, str] = {}
        self.pause = pause
        self.failures = 0

    async def ask(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        return await self.connection.ask(method, path, {"Accept-Language": "en", **cookie, **(headers or {})}, body)

    async def insists(self, asked: Callable[[], Coroutine[Any, Any, Answer]], *statuses: int) -> Answer:
        """Ask until the answer is one of these."""
        while True:
            try:
                answer = await asked()
            except Failed:
                pass
            else:
                if answer.status in statuses:
                    return answer
            self.failures += 1
            await asyncio.sleep(self.pause)

    async def takes_seat(self) -> str:
        """Enter the room: the page's HTML."""
        sent_on = await self.insists(lambda: self.ask("GET", f"/r/{quote(self.room)}/"), 303)
        for cookie in sent_on.headers["set-cookie"]:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        address = sent_on.header("location")
        self.path = address.partition("?")[0]
        return (await self.insists(lambda: self.ask("GET", address), 200)).body.decode()


class Window(Seat):
    """A window with htmx: its cursor stands in its poller, and moves with what is shown or not at all."""

    def __init__(self, port: int, room: str, patience: float = 30.0, haste: float = 1.0) -> None:
        super().__init__(port, room, patience)
        self.haste = haste
        self.opened = asyncio.Event()
        self.seen: list[Shown] = []
        """All it was ever shown, in order."""
        self.standing: list[int] = []
        """What stands in its page."""
        self.cursor = 0
        self.reloads = 0
        self._more = ""
        self._trigger = ""
        self._inputs: dict[str, str] = {}
        self._own_inputs: dict[str, str] = {}

    async def opens(self) -> None:
        """Load the page."""
        self._shows(await self.takes_seat())
        self.opened.set()

    async def duplicates(self, other: Window) -> None:
        """Be a second tab at the address of another window."""
        self.path, self.cookies = other.path, other.cookies
        self._shows((await self.insists(lambda: self.ask("GET", self.path), 200)).body.decode())

    async def lives(self) -> None:
        """Poll as the page says, for ever."""
        while True:
            if not await self.polls() or "load" not in self._trigger:
                await asyncio.sleep(self.every / self.haste)

    @property
    def every(self) -> float:
        """Seconds between two ticks of the poller's clock."""
        found = EVERY.search(self._trigger)
        if not found:
            raise Wrong(f"a poller that gives up after one failure: {self._trigger}")
        return float(found[1])

    async def polls(self) -> bool:
        """Send one poll; whether it brought an answer that htmx swaps in."""
        query = f"after={self.cursor}{self._more}"
        if included := {**self._inputs, **self._own_inputs}:
            query += f"&{urlencode(included)}"
        try:
            answer = await self.ask("GET", f"{self.path}messages?{query}", HTMX)
        except Failed:
            self.failures += 1
            return False
        if answer.status != 200:
            self.failures += 1
            return False
        if answer.header("hx-refresh"):
            self.reloads += 1
            self._shows((await self.insists(lambda: self.ask("GET", self.path), 200)).body.decode())
        else:
            self._swaps(answer.body.decode())
        return True

    def _shows(self, page: str) -> None:
        """A page: what it shows must go on where the window stood, or leave out what it does not show any more."""
        self.standing = []
        first, *_ = (*lines(page), Shown(self.cursor + 1, "", ""))
        if self.seen and first.seq > self.seen[-1].seq + 1:
            self.seen = []
        self._own_inputs = {}
        self._inputs = dict(INPUT.findall(page))
        self._appends([line for line in lines(page) if not self.seen or line.seq > self.seen[-1].seq])
        self.standing = [line.seq for line in lines(page)]
        self._stands_at(page)

    def _swaps(self, answer: str) -> None:
        if not answer.rstrip().endswith("</li>"):
            raise Wrong(f"half an answer was taken for a whole one: {answer[-100:]}")
        for deleted in DELETED.findall(answer):
            gone = {int(seq) for seq in re.findall(r"#m(\d+)", deleted)}
            self.standing = [seq for seq in self.standing if seq not in gone]
        outside = POLLER.sub("", answer)
        self._inputs.update(INPUT.findall(outside))
        self._appends(lines(outside))
        self._stands_at(answer)

    def _appends(self, new: list[Shown]) -> None:
        for line in new:
            if self.seen and line.seq != self.seen[-1].seq + 1:
                raise Wrong(f"{line.seq} was shown after {self.seen[-1].seq}")
            self.seen.append(line)
            self.standing.append(line.seq)

    def _stands_at(self, html: str) -> None:
        found = POLLER.search(html)
        if not found:
            raise Wrong(f"no poller: {html[-200:]}")
        cursor, self._more, self._trigger, inner = int(found[1]), found[2].replace("&amp;", "&"), found[3], found[4]
        if self.seen and cursor != self.seen[-1].seq:
            raise Wrong(f"the cursor is {cursor}, the last line shown {self.seen[-1].seq}")
        self.cursor = cursor
        self._own_inputs = dict(INPUT.findall(inner))


class Frame(Seat):
    """A window without a script: its frame reads a log that never ends, and loads it anew when it does end."""

    def __init__(self, port: int, room: str, patience: float = 30.0, haste: float = 1.0) -> None:
        super().__init__(port, room, patience)
        self.haste = haste
        self.read: list[list[Shown]] = []
        """What each log showed."""

    async def lives(self) -> None:
        await self.takes_seat()
        while True:
            try:
                await self._reads()
            except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
                self.failures += 1
            await asyncio.sleep(1 / self.haste)

    async def _reads(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.connection.port, limit=2**20)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            writer.write(request("GET", f"{self.path}live", {"Accept-Language": "en", "Cookie": cookie}))
            status, _ = await read_head(reader)
            if status != 200:
                raise ValueError(status)
            self.read.append([])
            rest = ""
            async for chunk in chunks(reader):
                rest = self._takes(rest + chunk.decode())
        finally:
            writer.transport.abort()

    def _takes(self, html: str) -> str:
        """Show the whole lines: what is left over."""
        for line in lines(html):
            if self.read[-1] and line.seq != self.read[-1][-1].seq + 1:
                raise Wrong(f"a log showed {line.seq} after {self.read[-1][-1].seq}")
            self.read[-1].append(line)
        return html[html.rfind("</li>") + 5 :] if "</li>" in html else html


class Poster(Seat):
    """Says one thing after the other, each again and again with its key until it is acknowledged."""

    def __init__(self, port: int, room: str, name: str, patience: float = 30.0) -> None:
        super().__init__(port, room, patience, pause=0.02)
        self.name = name
        self.said: list[str] = []
        """All it ever sent."""
        self.acknowledged: list[str] = []
        self.taken_back: set[str] = set()
        """What it took back, or was about to."""
        self.replies = 0

    async def says(self, text: str, reply_to: int | None = None) -> None:
        """`reply_to` may be gone by then: the text goes without it."""
        fields = {"text": text, "key": f"{self.name}-{len(self.said)}"}
        self.said.append(text)
        if reply_to:
            body = urlencode(fields | {"reply_to": reply_to}).encode()
            answer = await self.insists(lambda: self.ask("POST", f"{self.path}messages", HTMX, body), 200, 422)
            self.replies += answer.status == 200
        if not reply_to or answer.status == 422:
            body = urlencode(fields).encode()
            await self.insists(lambda: self.ask("POST", f"{self.path}messages", HTMX, body), 200)
        self.acknowledged.append(text)

    async def reads(self) -> list[Shown]:
        """The newest messages, as its page shows them."""
        page = (await self.insists(lambda: self.ask("GET", self.path), 200)).body.decode()
        return [line for line in lines(page) if line.kind == "message"]

    async def takes_back(self) -> None:
        """The newest message of its own that its page shows."""
        own = [line for line in await self.reads() if line.text in self.acknowledged]
        if own and own[-1].text not in self.taken_back:
            self.taken_back.add(own[-1].text)
            address = f"{self.path}messages/{own[-1].seq}/removal"
            await self.insists(lambda: self.ask("POST", address, HTMX), 200, 404)

    async def renames(self, nickname: str) -> None:
        body = urlencode({"nickname": nickname}).encode()
        await self.insists(lambda: self.ask("POST", f"{self.path}nickname", HTMX, body), 200)
