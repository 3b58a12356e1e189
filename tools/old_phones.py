"""The page on engines of 2019 to 2021, too old for htmx and just new enough: `make phones`. Needs npm.

What must work is tried, and pictures are left in the folder `gallery` to be looked at.
"""

import sys
import tempfile
from pathlib import Path

from tests.kit.conversation import TALK, fill
from tests.kit.process import SPACIOUS, Process
from tools.old_engine import Engine, fetch

KEPT = Path(".venv/engines")
ENGINES = {"78": "1.20.4", "80": "2.1.1", "89": "6.0.0"}
"""The package's version that carries each Chromium."""
TOO_OLD = {"78"}
SIZES = [(360, 640), (240, 320)]
LIVE = "!!document.querySelector('#poll[data-live]') && !document.querySelector('#stale')"
STALE = "getComputedStyle(document.querySelector('#stale')).visibility == 'visible'"
FRAME = "document.querySelector('iframe.live').contentDocument.body.innerText"
"""What stands in the log that comes by itself."""


class Visit:
    """A visitor on an old phone, before the camera."""

    def __init__(self, server: Process, engine: Engine, folder: Path, name: str, room: str) -> None:
        self.server, self.engine, self.folder, self.name, self.room = server, engine, folder, name, room

    def photograph(self, state: str) -> None:
        self.engine.photograph(self.folder / f"phone-{self.name}-{state}.png")

    def posts(self, form: str, field: str, text: str) -> None:
        """Send a form, and wait until its page or its fragment has come."""
        self.engine.tells(f"document.querySelector('{form} [name={field}]').value = {text!r}")
        self.engine.tells(f"document.querySelector('{form} button').click()")

    def enters(self) -> None:
        self.engine.goes_to(f"{self.server.url}/r/{self.room}/")

    def sees(self, expression: str, what: str) -> None:
        self.engine.until(lambda: self.engine.tells(expression), what)


def whole(visit: Visit) -> None:
    """Where htmx runs, everything comes by itself."""
    visit.sees(LIVE, "the first poll")
    visit.engine.tells("window.sinceItWasLoaded = true")
    visit.posts("#say", "text", "hello from an old phone")
    visit.sees("document.querySelector('#live').innerText.includes('hello from an old')", "the own message")
    visit.sees("!document.querySelector('#text').value && window.sinceItWasLoaded", "the empty box")
    visit.photograph("room")
    visit.posts("#say", "text", "x" * 201)
    visit.sees("document.querySelector('#say').innerText.includes('201')", "the refusal")
    visit.photograph("refusal")
    visit.engine.tells("document.querySelector('#clock').click()")
    visit.sees("document.querySelector('dialog.sheet')", "the sheet")
    visit.photograph("sheet")


def plain(visit: Visit) -> None:
    """Where it does not, forms work, and one tap leads to the log that comes by itself."""
    visit.photograph("room")
    visit.posts("#say", "text", "hello from an old phone")
    visit.sees("document.body.innerText.includes('hello from an old')", "the own message")
    visit.sees(STALE, "the line that says that nothing comes by itself")
    visit.photograph("stale")
    visit.engine.tells("document.querySelector('#stale a[href*=off]').click()")
    visit.sees(f"!!document.querySelector('iframe.live') && {FRAME}.includes('hello from an old')", "the log")
    visit.photograph("live")
    visit.posts("#say", "text", "x" * 201)
    visit.sees("document.querySelector('#say').innerText.includes('201')", "the refusal")
    visit.photograph("refusal")
    visit.engine.tells("document.querySelector('summary').click()")
    visit.posts("#rename", "nickname", "Moderator")
    visit.sees("document.querySelector('#rename').innerText.includes('staff')", "the refusal of a nickname")
    visit.photograph("rename")
    visit.enters()
    visit.engine.tells("document.querySelector('#clock').click()")
    visit.sees("document.querySelector('.places')", "the clock")
    visit.photograph("clock")


def visit(server: Process, folder: Path, chromium: str) -> None:
    for width, height in SIZES:
        name = f"{chromium}-{width}x{height}"
        engine = Engine(fetch(ENGINES[chromium], KEPT), width, height, "en-US")
        try:
            visitor = Visit(server, engine, folder, name, f"room-{name}")
            fill(server.database, visitor.room, TALK, "seat-of-stranger")
            visitor.enters()
            (plain if chromium in TOO_OLD else whole)(visitor)
            print(f"{engine.version} at {width}x{height}: all right", flush=True)
        finally:
            engine.ends()


def main(wanted: list[str]) -> None:
    folder = Path("gallery")
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        server = Process(Path(data), **SPACIOUS)
        server.start()
        try:
            for chromium in wanted or ENGINES:
                visit(server, folder, chromium)
        finally:
            server.end()
    print(f"Look at {folder.resolve()}/phone-*.png")


if __name__ == "__main__":
    main(sys.argv[1:])
