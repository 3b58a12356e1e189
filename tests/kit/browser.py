"""People at their windows: what they do, and what they see."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, WebError, expect

POSTS = re.compile(r"/messages$")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
RENAMES = "**/nickname"
POLLS = re.compile(r"/messages\?after=")


def launch(playwright: Playwright, *switches: str, whole: bool = False, **options: Any) -> Browser:
    """The system's Chromium. Where it is installed, its headless shell: the same engine without windows, for each of
    which the whole browser draws a hidden page, slowly. Only the `whole` one keeps pages that were left."""
    shell = None if whole else shutil.which("chromium-headless-shell")
    path = shell or os.environ.get("CHROMIUM") or shutil.which("chromium")
    return playwright.chromium.launch(executable_path=path, args=[*SWITCHES, *switches], **options)


@contextmanager
def launch_with_profile(playwright: Playwright, profile: Path, **options: Any) -> Iterator[BrowserContext]:
    """The same as people have it: with a profile in a folder, which it writes when it ends."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    context = playwright.chromium.launch_persistent_context(
        profile, executable_path=path, headless=False, args=[*SWITCHES, "--headless=new"], **options
    )
    yield context
    context.close()


class Troubles:
    """What a browser complains of. A test names what it brings about itself; anything else fails it."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.expected: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._logged)
        context.on("weberror", self._thrown)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => "
            "console.error('security policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
        )

    def _logged(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.seen.append(f"{message.text} ({message.location.get('url', '')})")

    def _thrown(self, error: WebError) -> None:
        self.seen.append(f"thrown: {error.error}")

    def unexpected(self) -> list[str]:
        return [line for line in self.seen if not any(re.search(one, line) for one in self.expected)]


class Window:
    """One window: one person."""

    def __init__(self, page: Page, entrance: str, *, script: bool = True) -> None:
        self.page = page
        self.entrance = entrance
        self.script = script
        self.box = page.get_by_role("textbox", name=re.compile("^(Message|消息)$"))
        self.alert = page.locator("#say-alert")
        self.nickname = page.locator("#nickname")
        self.rename_box = page.locator("[name=nickname]")
        self.rename_alert = page.locator("#nickname-alert")
        self.messages = page.locator(".message .text")
        self.scroller = page.locator("#scroll")
        self.poller = page.locator("#poll")
        self.unsent = page.locator("#say-unsent")
        self.rename_unsent = page.locator("#nickname-unsent")
        self.way_down = page.get_by_role("link", name="Newest messages")
        self.reconnecting = page.get_by_text(re.compile("^(Reconnecting|正在重新连接)"))

    # --- coming and going ---

    def enters(self) -> None:
        self.goes_to(self.entrance)

    def goes_to(self, address: str) -> None:
        self.page.goto(address, wait_until="load" if self.script else "domcontentloaded")

    def reloads(self) -> None:
        self.page.reload(wait_until="load" if self.script else "domcontentloaded")

    def opens_another(self) -> "Window":
        """One more window of the same browser, which is another person."""
        other = Window(self.page.context.new_page(), self.entrance, script=self.script)
        other.enters()
        return other

    @property
    def address(self) -> str:
        """The window's address, without the mark of a first visit."""
        return self.page.url.partition("?")[0]

    @property
    def seat(self) -> str:
        return self.address.split("/")[-2]

    # --- doing ---

    def types(self, text: str) -> None:
        self.box.click()
        self.box.press_sequentially(text)

    def presses(self, key: str) -> None:
        self.page.keyboard.press(key)

    def tries_to_say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def says(self, *texts: str) -> None:
        for text in texts:
            self.tries_to_say(text)
            expect(self.box).to_have_value("")

    def takes_nickname(self, nickname: str) -> None:
        self.tries_nickname(nickname)
        expect(self.nickname).to_have_text(nickname)

    def tries_nickname(self, nickname: str) -> None:
        if not self.rename_box.is_visible():
            self.page.locator("summary").click()
        self.rename_box.fill(nickname)
        self.rename_box.press("Enter")

    def scrolls_up(self, pixels: int) -> None:
        self.scroller.hover()
        self.page.mouse.wheel(0, -pixels)
        self.until(lambda: self.scrolled() < 0)

    # --- seeing ---

    def sees(self, *texts: str) -> None:
        """Each of them stands in the log, once."""
        for text in texts:
            expect(self.messages.get_by_text(text, exact=True)).to_have_count(1)

    def sees_only(self, *texts: str) -> None:
        """The log holds these messages, in this order, and no other."""
        expect(self.messages).to_have_text(list(texts))

    def message(self, text: str) -> Locator:
        whole = self.page.locator(".text", has_text=re.compile(f"^{re.escape(text)}$"))
        return self.page.locator(".message").filter(has=whole)

    def until(self, true: Callable[[], Any], timeout: float = 10_000) -> None:
        """Wait until something is so that no locator can tell (a function in the page would need eval)."""
        for _ in range(int(timeout / 20)):
            if true():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("it did not come to be")

    def scrolled(self) -> float:
        """0 is the bottom; the further up, the further below 0."""
        return float(self.scroller.evaluate("it => it.scrollTop"))

    def place_of(self, text: str) -> float:
        """How far down the window a message stands."""
        box = self.message(text).bounding_box()
        assert box
        return box["y"]

    def is_in_view(self, text: str) -> bool:
        bottom = self.page.locator("#say").bounding_box()
        box = self.message(text).bounding_box()
        assert box and bottom
        return box["y"] >= 0 and box["y"] + box["height"] <= bottom["y"]
