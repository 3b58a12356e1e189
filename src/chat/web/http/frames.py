"""A window in a frame on another site. Browsers keep no cookie for it: its address holds its seat, by a secret, and
says what was chosen for it. The secret stays between its browser and us (`security.secure`, `server/logs.py`)."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode

from chat.web.http.languages import LANGUAGES

START = b"/embed/"
ADDRESS = re.compile(
    r"/embed/([^/]+)/([A-Za-z0-9_-]{16})\.([0-9a-f]{32})((?:~[a-z]+=[A-Za-z0-9_:+-]{1,64}){0,8})"
    r"(?:/[a-z]*(?:/[0-9]{1,16}(?:/[a-z]+)?)?)?"
)
FROM_HOST = {"language": tuple(LANGUAGES), "theme": ("auto", "light", "dark")}
"""What the page around the frame may choose, and among what."""


class Frame(NamedTuple):
    """What the address of a window in a frame says."""

    room: str
    seat: str
    secret: str
    choices: Mapping[str, str]
    """What a cookie of that name says in an ordinary window."""

    @property
    def path(self) -> str:
        """The address of its page."""
        chosen = "".join(f"~{name}={value.replace('/', ':')}" for name, value in self.choices.items() if value)
        return f"{entrance(self.room)}/{self.seat}.{self.secret}{chosen}/"

    @property
    def entrance(self) -> str:
        """Where another seat is had, with what the page around it has chosen."""
        chosen = from_host(self.choices)
        return entrance(self.room) + (f"?{urlencode(chosen)}" if chosen else "")

    def choosing(self, name: str, value: str) -> "Frame":
        """The same seat with another choice; an empty one is none."""
        return self._replace(choices={**self.choices, name: value})


def entrance(room: str) -> str:
    """The address that a site puts into its frame."""
    return f"/embed/{quote(room)}"


def is_framed(raw_path: bytes) -> bool:
    """Whether the address is for frames."""
    return raw_path.startswith(START)


def read(raw_path: bytes) -> Frame | None:
    """What an address says; its secret may be forged."""
    found = ADDRESS.fullmatch(raw_path.decode("latin-1")) if is_framed(raw_path) else None
    if found is None:
        return None
    room, seat, secret, chosen = found.groups()
    choices = dict(choice.split("=") for choice in chosen.split("~")[1:])
    return Frame(unquote(room), seat, secret, {name: value.replace(":", "/") for name, value in choices.items()})


def choices_of(raw_path: bytes) -> Mapping[str, str]:
    """What was chosen for a frame's window."""
    frame = read(raw_path)
    return frame.choices if frame else {}


def from_host(asked: Mapping[str, str]) -> dict[str, str]:
    """What the page around the frame chooses by its address; what there is not, the visitor's browser decides."""
    return {name: asked[name] for name, known in FROM_HOST.items() if asked.get(name) in known}


def ancestors(origins: tuple[str, ...], raw_path: bytes) -> str:
    """Who may show this address in a frame. The log without a script is a frame of the page's own, within that."""
    own = ["'self'"] if raw_path.endswith(b"/live") else []
    return " ".join([*own, *origins]) or "'none'"
