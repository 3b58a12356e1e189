"""The style sheets, which stand in the page itself: one round trip less on a slow phone."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import rcssmin

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class Sheet(str):
    """A style sheet of our own: it goes into a page as it is, and its hash (`source`) into the page's policy."""

    __slots__ = ("source",)
    source: str

    def __new__(cls, name: str) -> "Sheet":
        sheet = super().__new__(cls, rcssmin.cssmin((TEMPLATES / name).read_text()))
        sheet.source = f"'sha256-{b64encode(sha256(sheet.encode()).digest()).decode()}'"
        return sheet

    def __html__(self) -> str:
        return self


STYLE = Sheet("shared/style.css")
DARK_STYLE = Sheet("shared/dark.css")
NO_SCRIPT_STYLE = Sheet("shared/noscript.css")
EMBEDDED_STYLE = Sheet("room/embedded.css")
ROOMS_STYLE = Sheet("room/rooms.css")
MODERATION_STYLE = Sheet("moderation/moderation.css")
