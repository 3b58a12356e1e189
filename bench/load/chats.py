"""How each chat under measurement is started, entered, polled and posted to."""

import re
import secrets
import sys
import urllib.parse
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from bench.load.connection import Answer, Connection

if TYPE_CHECKING:
    from bench.load.fan_out import FanOut

SHORT = "User-Agent: bench\r\nAccept: */*\r\n"
BROWSER = (
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
    " Safari/537.36\r\nAccept: */*\r\nAccept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\nReferer: http://127.0.0.1/room\r\n"
    "HX-Current-URL: http://127.0.0.1/room\r\nHX-Target: poll\r\n"
    "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n"
    'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"\r\nsec-ch-ua-mobile: ?0\r\n'
    'sec-ch-ua-platform: "Linux"\r\n'
)
"""What a desktop browser adds to htmx's own."""
CURSOR_IS = b"after="
CURSOR = re.compile(CURSOR_IS + rb"(\d+)")
FIRST_SHOWN = re.compile(rb'name="from" value="(\d+)"')
HERE = re.compile(rb'name="here" value="([\d.k]+)"')
ZONES = (
    *("Europe/Berlin", "Asia/Tokyo", "America/New_York", "Asia/Kolkata"),
    *("America/Sao_Paulo", "Africa/Lagos", "Asia/Kathmandu", "Australia/Sydney"),
)
"""Whose hours windows of eight audiences read."""
MARK = re.compile(rb"zq([0-9a-f]{6})x(\d{6})qz")
"""What posts carry, and deliveries are known by: the run, and the number in it."""


def text(run: str, number: int) -> str:
    """A message as people write them, with its mark."""
    return f"hello from the load generator, number zq{run}x{number:06d}qz, how are you"


@dataclass(eq=False)
class Window:
    """One open window, by what its next request needs."""

    connection: Connection
    cursor: int = 0
    cookie: str = ""
    path: str = ""
    more: str = ""
    """What its page adds to each poll."""
    here: str = ""
    """How many are here, as its page says."""
    last: int = 0
    """Number of the newest message it heard in this run."""
    seen: set[int] = field(default_factory=set)
    fan_out: "FanOut | None" = None
    """What it listens for."""


class Floor:
    """A bare application that holds and wakes polls: what a server costs without a chat."""

    name = "floor"
    module = "bench.load.floors.asgi"
    page_path, idle_path, poll_path, post_path = "/", "/idle", "/poll", "/post"

    def __init__(self, headers: str = SHORT, collector: str = "") -> None:
        self.headers = headers
        self.collector = collector
        if collector:
            self.name += f", {collector} collector"

    def command(self, port: int) -> list[str]:
        return [sys.executable, "-m", self.module, str(port)]

    def environment(self, port: int, folder: Path) -> dict[str, str]:
        return {"FLOOR_COLLECTOR": self.collector, "FLOOR_DATABASE": str(folder / "floor.sqlite")}

    async def enter(self, window: Window) -> None:
        """Open the page, and leave the window ready to poll."""
        self.hear(window, await window.connection.ask(self.get(self.page_path)))

    def hear(self, window: Window, answer: Answer) -> None:
        """Move the window's cursor to the last one in the answer."""
        if found := CURSOR.match(answer.body, answer.body.rfind(CURSOR_IS)):
            window.cursor = int(found[1])

    def poll(self, window: Window) -> bytes:
        """A poll as the page makes it: held until there is something."""
        return self.get(f"{self.poll_path}?after={window.cursor}")

    def idle(self, window: Window) -> bytes:
        """A poll that finds nothing and is answered at once."""
        return self.get(self.idle_path)

    def behind(self, window: Window) -> bytes:
        """A poll one message behind."""
        return self.get(f"{self.poll_path}?after={window.cursor - 1}")

    def page(self, window: Window) -> bytes:
        return self.get(self.page_path)

    def post(self, window: Window, said: str) -> bytes:
        return self._post(self.post_path, {"text": said})

    def get(self, path: str, more: str = "") -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}{more}\r\n".encode()

    def _post(self, path: str, fields: dict[str, str], more: str = "") -> bytes:
        body = urllib.parse.urlencode(fields)
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{self.headers}{more}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


class DurableFloor(Floor):
    """The bare application whose posts are answered when SQLite has them on disk."""

    name, post_path = "floor with SQLite", "/keep"


class LitestarFloor(Floor):
    """The smallest Litestar handlers."""

    name, module = "Litestar floor", "bench.load.floors.litestar"


class ParkFloor(Floor):
    """Polls that wait in the server's protocol class, below ASGI."""

    name, module = "below ASGI", "bench.load.floors.park"


class Chatroom(Floor):
    """This application, by its public addresses."""

    def __init__(self, headers: str = SHORT, name: str = "Chatroom", data: Path | None = None) -> None:
        super().__init__(headers)
        self.name = name
        self.room = "lobby"
        self.data = data
        """A data folder that has a history."""

    def command(self, port: int) -> list[str]:
        return [sys.executable, "-m", "chat", "serve"]

    def environment(self, port: int, folder: Path) -> dict[str, str]:
        return {
            "CHATROOM_DATA_DIR": str(self.data or folder),
            "CHATROOM_PORT": str(port),
            "CHATROOM_LIMITS": "off",
        }

    async def enter(self, window: Window) -> None:
        if self.headers != SHORT:  # what is looked for in the page would be compressed
            return await Chatroom().enter(window)
        front = f"/r/{window.path or self.room}/"
        seat = await window.connection.ask(self.get(front))
        window.cookie = "; ".join(f"{name}={value}" for name, value in seat.cookies().items())
        window.path = urllib.parse.urljoin(front, seat.header("Location")).split("?")[0]
        self.hear(window, await window.connection.ask(self.page(window)))

    def hear(self, window: Window, answer: Answer) -> None:
        super().hear(window, answer)
        if b'name="here"' in answer.body and (here := HERE.search(answer.body)):
            window.here = f"&here={here[1].decode()}"
        if b'name="from"' in answer.body and (first := FIRST_SHOWN.search(answer.body)):
            window.more = f"&from={first[1].decode()}"

    def poll(self, window: Window) -> bytes:
        return self._poll(window, f"after={window.cursor}")

    def idle(self, window: Window) -> bytes:
        return self._poll(window, f"after={window.cursor}&wait=0")

    def behind(self, window: Window) -> bytes:
        return self._poll(window, f"after={window.cursor - 1}&wait=0")

    def page(self, window: Window) -> bytes:
        return self.get(window.path, f"Cookie: {window.cookie}\r\n")

    def post(self, window: Window, said: str) -> bytes:
        more = f"Cookie: {window.cookie}\r\nHX-Request: true\r\nOrigin: http://127.0.0.1\r\n"
        return self._post(f"{window.path}messages", {"text": said, "key": secrets.token_hex(8)}, more)

    def _poll(self, window: Window, query: str) -> bytes:
        return self.get(
            f"{window.path}messages?{query}{window.here}{window.more}",
            f"Cookie: {window.cookie}\r\nHX-Request: true\r\n",
        )


class EightAudiences(Chatroom):
    """This application, its windows reading eight hours in turn."""

    def __init__(self) -> None:
        super().__init__(name="Chatroom, 8 audiences")
        self._zones = cycle(ZONES)

    async def enter(self, window: Window) -> None:
        await super().enter(window)
        window.cookie += f"; zone={urllib.parse.quote(next(self._zones), safe='')}"
        self.hear(window, await window.connection.ask(self.page(window)))
