"""What the page and the polls weigh on the wire, as a real browser counts them: `make weight`.

Counted are the bytes of each answer, headers included, as compressed. A browser offers brotli
only to https and to this machine: behind plain http elsewhere gzip would weigh a little more.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.kit.browser import launch
from tests.kit.conversation import fifty, fill
from tests.kit.process import SPACIOUS, Process

ASIDE = ("icon", "manifest", "messages?")
"""Not part of the page itself: they wait until it is painted."""
TOO_HEAVY: list[str] = []


@dataclass
class Answer:
    """One answer that the browser got over the wire."""

    url: str
    status: int
    size: int
    body: int

    @property
    def aside(self) -> bool:
        return any(part in self.url for part in ASIDE)


class Wire:
    """Every answer of a page's network, as the browser's own meter counts it."""

    def __init__(self, page: Page) -> None:
        self.answers: list[Answer] = []
        self._open: dict[str, dict[str, Any]] = {}
        self._kept: set[str] = set()
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.on("Network.requestWillBeSent", self._asked)
        devtools.on("Network.requestServedFromCache", lambda event: self._kept.add(event["requestId"]))
        devtools.on("Network.responseReceived", self._answered)
        devtools.on("Network.loadingFinished", self._finished)

    def _asked(self, event: dict[str, Any]) -> None:
        if redirect := event.get("redirectResponse"):
            self._add(redirect, redirect["encodedDataLength"])

    def _answered(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if event["requestId"] not in self._kept and not response.get("fromDiskCache"):
            self._open[event["requestId"]] = response

    def _finished(self, event: dict[str, Any]) -> None:
        if response := self._open.pop(event["requestId"], None):
            self._add(response, event["encodedDataLength"])

    def _add(self, response: dict[str, Any], size: float) -> None:
        headers = len(response.get("headersText", "")) or response["encodedDataLength"]
        self.answers.append(Answer(response["url"], response["status"], int(size), int(size - headers)))

    def take(self) -> list[Answer]:
        taken, self.answers = self.answers, []
        return taken


def until(page: Page, true: Callable[[], object]) -> None:
    while not true():
        page.wait_for_timeout(20)


def report(title: str, answers: list[Answer], limit: int | None = None) -> None:
    check(title, sum(answer.size for answer in answers), limit, f" in {len(answers)} request(s)")
    for answer in answers:
        place = urlsplit(answer.url)
        address = f"{place.path}?{place.query}".removesuffix("?")
        print(f"  {answer.size:7,}  (body {answer.body:6,})  {answer.status}  {address[-60:]}")


def check(title: str, size: int, limit: int | None, more: str = "") -> None:
    """Print a size beside its limit, and remember when it is over it."""
    print(f"\n{title}: {size:,} bytes{more}" + (f", at most {limit:,}" if limit else ""))
    if limit and size > limit:
        TOO_HEAVY.append(title)


def is_page(answer: Answer) -> bool:
    """Whether it is the room's page itself: its HTML with the CSS."""
    return urlsplit(answer.url).path.startswith("/r/")


def polls(answers: list[Answer]) -> list[Answer]:
    return [answer for answer in answers if "messages?after=" in answer.url]


def visit(context: BrowserContext, url: str) -> tuple[Page, Wire]:
    page = context.new_page()
    wire = Wire(page)
    page.goto(url)
    page.locator("#poll[data-live]").wait_for(state="attached")
    page.wait_for_timeout(500)
    return page, wire


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Process(Path(folder), HOLD_SECONDS="2", **SPACIOUS)
        server.start()
        fill(server.database, "lobby", fifty(), "seat-of-stranger")
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 360, "height": 640}, locale="zh-CN")
        page, wire = visit(context, f"{server.url}/r/lobby/")
        first = wire.take()
        report("Way in, icon, manifest and first poll", [it for it in first if it.aside or it.status == 303])
        own = [it for it in first if not it.aside and it.status == 200]
        report("First visit", own, 28 * 1024)
        check("  its HTML with the CSS", sum(it.body for it in own if is_page(it)), 10 * 1024)
        until(page, lambda: len(polls(wire.answers)) > 0)
        report("Poll with nothing new", polls(wire.take())[:1], 600)
        other = context.new_page()
        other.goto(f"{server.url}/r/lobby/")
        other.fill("#text", "周六早上七点半，北门见 👋")
        wire.take()
        other.press("#text", "Enter")
        until(page, lambda: page.get_by_text("周六早上七点半，北门见").count())
        page.wait_for_timeout(100)
        report("Poll with one message", [max(polls(wire.take()), key=lambda it: it.size)], 1200)
        other.close()
        wire.take()
        page.reload()
        page.locator("#poll[data-live]").wait_for(state="attached")
        page.wait_for_timeout(300)
        again = wire.take()
        report("Second visit", [it for it in again if not it.aside], 10 * 1024)
        report("  and its poll", [it for it in again if it.aside])
        strangers = {urlsplit(it.url).netloc for it in [*first, *again]} - {urlsplit(server.url).netloc}
        print(f"\nThird parties asked: {', '.join(strangers) or 'none'}")
        browser.close()
        server.end()
    if TOO_HEAVY:
        sys.exit(f"Too heavy: {', '.join(map(str.strip, TOO_HEAVY))}")


if __name__ == "__main__":
    main()
