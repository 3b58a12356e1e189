"""What people on a bad network wait for: the room's first readable message, and each other's words.

A phone's line: 400 ms there and back, 50 kbit/s in each direction, shared by all its
connections; the browser four times slower than here. Run by `make network`.
"""

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.kit.browser import launch
from tests.kit.conversation import fifty, fill
from tests.kit.process import Process
from tests.kit.slow_proxy import BAD, SlowProxy

ROOM = "周末爬山"
SLOWER = 4
VISITS = 5
MESSAGES = 12
WATCH = """
addEventListener("DOMContentLoaded", () => window.parsed = performance.now());
const look = () => {
    const texts = document.querySelectorAll(".message .text"), last = texts[texts.length - 1];
    const place = last && last.getBoundingClientRect();
    if (place && place.height && place.top >= 0 && place.bottom <= innerHeight)
        requestAnimationFrame(() => window.readable = performance.now());
    else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Notes when a message stands in the window: the frame after it was laid out."""
STALE = "(it => it && getComputedStyle(it).visibility)(document.querySelector('#stale'))"


class Phone:
    """A browser of its own, on a line of its own."""

    def __init__(self, chromium: Browser, line: SlowProxy) -> None:
        self.line = line
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": 360, "height": 640}, locale="zh-CN", is_mobile=True, has_touch=True
        )
        self.page: Page = self.context.new_page()
        self.context.add_init_script(WATCH)
        self.context.new_cdp_session(self.page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        self.false_lines = 0

    def visits(self, room: str) -> dict[str, float]:
        """Type the room's address; the milliseconds until something was so."""
        bytes_before = self.line.down.bytes
        self.page.goto(f"{self.line.url}/r/{room}/", wait_until="commit")
        self.waits_for("window.readable")
        read = self.page.evaluate("window.readable")
        bytes_read = self.line.down.bytes - bytes_before
        self.waits_for("document.querySelector('#poll[data-live]')")
        return {
            "readable": read,
            "painted": self.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"),
            "parsed": self.page.evaluate("window.parsed"),
            "live": self.page.evaluate("performance.now()"),
            "bytes until readable": bytes_read,
            "bytes until live": self.line.down.bytes - bytes_before,
        }

    def waits_for(self, true: str) -> None:
        while not self.page.evaluate(true):
            if self.page.evaluate(STALE) == "visible":
                self.false_lines += 1
            self.page.wait_for_timeout(20)

    def says(self, text: str) -> None:
        box = self.page.locator("#text")
        box.fill(text)
        box.press("Enter")

    def sees(self, text: str) -> None:
        self.page.locator(".message .text", has_text=text).wait_for()

    def leaves(self) -> None:
        self.context.close()


@contextmanager
def phone(chromium: Browser, server: Process) -> Iterator[Phone]:
    with SlowProxy(server.port, BAD) as line:
        phone = Phone(chromium, line)
        yield phone
        phone.leaves()


def entering(chromium: Browser, server: Process) -> None:
    visits, false_lines = [], 0
    for _ in range(VISITS):
        with phone(chromium, server) as ann:
            visits.append(ann.visits(ROOM))
            false_lines += ann.false_lines
    for figure in visits[0]:
        values = [visit[figure] for visit in visits]
        print(f"  {figure:22} {statistics.median(values):8,.0f}   ({min(values):,.0f} to {max(values):,.0f})")
    print(f"  {'false lines':22} {false_lines:8}")


def talking(chromium: Browser, server: Process) -> None:
    with phone(chromium, server) as ann, phone(chromium, server) as bob:
        for one in ann, bob:
            one.visits(ROOM)
        waits = []
        for number in range(MESSAGES):
            speaker, listener = (ann, bob) if number % 2 else (bob, ann)
            text = f"第 {number} 句:听得到吗? can you hear me?"
            start = time.monotonic()
            speaker.says(text)
            listener.sees(text)
            waits.append((time.monotonic() - start) * 1000)
            speaker.sees(text)
        print(
            f"  {'heard by the other':22} {statistics.median(waits):8,.0f}   ({min(waits):,.0f} to {max(waits):,.0f})"
        )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, ExitStack() as stack:
        server = Process(Path(folder), LIMITS="off", TIMEZONE="Asia/Shanghai")
        server.start()
        stack.callback(server.end)
        fill(server.database, ROOM, fifty(), "the-day-before--")
        chromium = launch(playwright)
        line = f"{BAD.round_trip_seconds * 1000:.0f} ms there and back, {BAD.bits_per_second / 1000:.0f} kbit/s"
        print(f"{line}, a browser {SLOWER} times slower;")
        print(f"milliseconds, median of {VISITS} first visits (least to most):")
        entering(chromium, server)
        print(f"milliseconds, median of {MESSAGES} messages from phone to phone:")
        talking(chromium, server)
        chromium.close()


if __name__ == "__main__":
    main()
