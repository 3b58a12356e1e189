"""Photographs every state of the page at every size, in both themes and languages: `make gallery`.

The pictures and a page that shows them all are left in the folder `gallery`.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.kit.browser import launch
from tests.kit.conversation import AWKWARD, LONG_NAMES, TALK, Said, fill
from tests.kit.process import SPACIOUS, Process

SIZES = [(240, 320), (320, 568), (360, 640), (640, 360), (412, 915), (768, 1024), (1440, 900)]
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LANGUAGES = {"zh": "zh-CN", "en": "en-US"}
ROOMS = {"zh": "茶馆", "en": "teahouse"}
TOO_LONG = {"zh": "这句话说得实在太长了，" * 19, "en": "This goes on for rather too long. " * 7}


@dataclass
class Visit:
    """One visitor in one state of the room, before the camera."""

    server: Process
    context: BrowserContext
    language: str
    room: str = ""
    path: str = ""
    seat: str = ""
    pose: Callable[[Page], None] = field(default=lambda page: None)
    """What must be done again after the window has changed its size."""

    def take_seat(self, context: BrowserContext | None = None, address: str = "") -> None:
        address = self.server.url + (address or f"/r/{self.room}/")
        answer = (context or self.context).request.get(address, max_redirects=0)
        self.path = answer.headers["location"]
        self.seat = self.path.split("/")[-2]

    def hears(self, talk: list[Said], **names: Any) -> None:
        fill(self.server.database, self.room, talk, self.seat, **names)

    def opens(self, path: str = "") -> Page:
        page = self.context.new_page()
        page.goto(self.server.url + (path or self.path), wait_until="domcontentloaded")
        return page

    def enters(self, talk: list[Said], **names: Any) -> Page:
        self.take_seat()
        self.hears(talk, **names)
        page = self.opens()
        page.locator("#poll[data-live]").wait_for(state="attached")
        return page


def empty(visit: Visit) -> Page:
    visit.take_seat()
    page = visit.opens()
    page.locator("#poll[data-live]").wait_for(state="attached")
    return page


def busy(visit: Visit) -> Page:
    return visit.enters(TALK, mine="阿青" if visit.language == "zh" else "Robin")


def awkward(visit: Visit) -> Page:
    return visit.enters(AWKWARD, people=LONG_NAMES, mine="👩‍👩‍👧‍👦👍")


def refusal(visit: Visit) -> Page:
    page = busy(visit)
    page.fill("#text", TOO_LONG[visit.language])
    page.press("#text", "Enter")
    page.locator("#say-alert:not(:empty)").wait_for()
    return page


def rename(visit: Visit) -> Page:
    page = busy(visit)
    page.click("summary")
    page.focus("#new-nickname")
    return page


def rename_refused(visit: Visit) -> Page:
    page = rename(visit)
    page.fill("#new-nickname", "系统管理员" if visit.language == "zh" else "Moderator")
    page.press("#new-nickname", "Enter")
    page.locator("#nickname-alert:not(:empty)").wait_for()
    return page


def earlier(visit: Visit) -> Page:
    page = visit.enters(TALK * 3)
    visit.pose = lambda page: page.evaluate("scroll = document.querySelector('#scroll'); scroll.scrollTop = -1e6")
    return page


def unread(visit: Visit) -> Page:
    page = busy(visit)
    visit.server.stop()
    visit.hears([said._replace(minutes_ago=said.minutes_ago + 5) for said in TALK[-5:-1]])
    visit.server.start()
    page.locator(".unread").wait_for()
    return page


def offline(visit: Visit) -> Page:
    page = busy(visit)
    page.fill("#text", "……" if visit.language == "zh" else "I was just about to say")
    visit.server.kill()
    page.locator("#poll span").wait_for()
    return page


def no_script(visit: Visit) -> Page:
    visit.take_seat()
    visit.hears(TALK)
    page = visit.opens()
    page.frame_locator("iframe").locator(".message").last.wait_for()
    return page


def no_script_empty(visit: Visit) -> Page:
    visit.take_seat()
    page = visit.opens()
    page.frame_locator("iframe").locator(".invite").wait_for()
    return page


def not_live(visit: Visit) -> Page:
    visit.take_seat()
    visit.hears(TALK)
    visit.context.route("**/*.js", lambda route: route.abort())
    page = visit.opens()
    page.locator("#stale").wait_for()
    return page


def no_cookies(visit: Visit) -> Page:
    other = visit.context.browser.new_context()  # type: ignore[union-attr]
    visit.take_seat(other)
    other.clear_cookies()
    visit.take_seat(other, visit.path)  # the second seat is the last that is tried
    other.close()
    visit.hears(TALK)
    return visit.opens()


def missing(visit: Visit) -> Page:
    return visit.opens("/r/lobby/nothing/here")


def refused_plainly(visit: Visit) -> Page:
    visit.take_seat()
    page = visit.opens()
    visit.context.clear_cookies()
    page.fill("#text", "有人吗？" if visit.language == "zh" else "Anybody here?")
    page.press("#text", "Enter")
    page.locator("main.error").wait_for()
    return page


STATES: dict[str, Callable[[Visit], Page]] = {
    state.__name__.replace("_", "-"): state
    for state in (
        *(empty, busy, awkward, refusal, rename, rename_refused, earlier, unread, offline),
        *(no_script, no_script_empty, not_live, no_cookies, missing, refused_plainly),
    )
}
WITHOUT_SCRIPT = {"no-script", "no-script-empty", "refused-plainly"}


@contextmanager
def visit(browser: Browser, language: str, state: str) -> Iterator[Visit]:
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder), TIMEZONE="Asia/Shanghai", **SPACIOUS)
        server.start()
        context = browser.new_context(
            locale=LANGUAGES[language], java_script_enabled=state not in WITHOUT_SCRIPT, has_touch=True
        )
        yield Visit(server, context, language, ROOMS[language])
        context.close()
        server.end()


def photograph(browser: Browser, folder: Path, state: str, language: str) -> Iterator[Path]:
    with visit(browser, language, state) as visitor:
        page = STATES[state](visitor)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                visitor.pose(page)
                path = folder / f"{state}-{language}-{theme}-{width}x{height}.png"
                page.screenshot(path=path)
                yield path


PAGE = """<!doctype html><meta charset="utf-8"><title>Gallery</title><style>
body { font: 12px sans-serif; background: #777; color: #fff }
figure { display: inline-block; margin: 4px; vertical-align: top }
img { max-width: 480px }
</style>"""


def index(folder: Path, pictures: list[Path]) -> None:
    """A page with every picture, for looking."""
    figures = [
        f'<figure><img src="{it.name}" loading="lazy"><figcaption>{it.stem}</figcaption></figure>' for it in pictures
    ]
    (folder / "index.html").write_text("\n".join([PAGE, *figures]), "utf-8")


def main(wanted: list[str]) -> None:
    folder = Path("gallery")
    folder.mkdir(exist_ok=True)
    pictures: list[Path] = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for state in wanted or STATES:
            for language in LANGUAGES:
                pictures += photograph(browser, folder, state, language)
                print(f"{state} ({language})", flush=True)
        browser.close()
    index(folder, sorted(folder.glob("*.png")))
    print(f"{len(pictures)} pictures: {folder.resolve()}/index.html")


if __name__ == "__main__":
    main(sys.argv[1:])
