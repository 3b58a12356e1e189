"""What delivery knows of events and of how they are drawn."""

from typing import Any, NamedTuple, Protocol


class Numbered(Protocol):
    """What a tail holds: anything with its number in the room, and whom it mentions."""

    @property
    def seq(self) -> int: ...
    @property
    def calls(self) -> frozenset[str]:
        """The public names of those whom it mentions."""


class Drawn(NamedTuple):
    """An event as HTML: `line` stands in the log, `change` is what it changes elsewhere in an open window."""

    line: bytes
    change: bytes = b""


class Outline(Protocol):
    """An event as HTML in one language, but for what depends on the reader's hour."""

    @property
    def size(self) -> int:
        """Bytes."""


class Audience(Protocol):
    """Whoever reads the same bytes; hashable."""

    @property
    def language(self) -> str: ...
    @property
    def fallback(self) -> Any:
        """Who reads the site's hour in this language."""


class Drawing(Protocol):
    """How events become HTML."""

    def outline(self, event: Any, language: str) -> Any:
        """An event's outline, which a tail keeps."""

    def fill(self, outline: Any, event: Any, before: Any, audience: Any) -> Drawn:
        """The event as an audience reads it; `before`: the one it follows, or None."""
