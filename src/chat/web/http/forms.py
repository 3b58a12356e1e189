"""Reading a posted form: few fields, each once, strict UTF-8."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from litestar import Request
from litestar.exceptions import ClientException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge

from chat.domain.events import MAX_SEQ
from chat.domain.refusals import Refused

FIELDS = 12
GIVEN_BACK = 2_000
"""Characters of a text that is far too long: no more of it stand on the page that says so."""
READ_AT_MOST = 32 * 1024
"""Bytes of such a form: of emoji, 12 bytes each, with what may stand before them."""


class Form:
    """The fields of a posted form, and what is wrong with how they came."""

    def __init__(self, body: bytes) -> None:
        self.problem: str | None = None
        self._fields = self._parse(body)

    def _parse(self, body: bytes) -> Mapping[str, str]:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELDS, errors="strict")
        except UnicodeDecodeError:
            self.problem = "unreadable"
            text = body.decode(errors="replace")
            pairs = parse_qsl(text, keep_blank_values=True, errors="replace")
        except ValueError:
            self.problem, pairs = "repeated", []
        fields = dict(pairs)
        if len(fields) < len(pairs):
            self.problem = "repeated"
        return fields

    def check(self, name: str) -> None:
        """Raises Refused when the form, whose text is in field `name`, did not come whole."""
        if self.problem == "unreadable":
            raise Refused(f"{name}.unreadable")
        if self.problem:
            raise Refused("form.repeated")

    def get(self, name: str) -> str:
        """A field's text; empty when it did not come."""
        return self._fields.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    @property
    def typed(self) -> str:
        """What a person typed into it."""
        return self.get("text") or self.get("nickname") or self.get("reason") or self.get("topic")


def query(request: Request[Any, Any, Any]) -> Mapping[str, str]:
    """The fields of the request's address; none when there are too many. Litestar's own reader keeps addresses too."""
    try:
        return dict(parse_qsl(request.scope["query_string"].decode("latin-1"), max_num_fields=FIELDS))
    except ValueError:
        return {}


async def read_form(request: Request[Any, Any, Any]) -> Form:
    """The posted form. Litestar's own reader keeps the last thousand bodies in memory; this one keeps none."""
    try:
        return Form(await request.body())
    except RequestEntityTooLarge as error:
        raise RequestEntityTooLarge(extra={"typed": await beginning(request)}) from error


async def beginning(request: Request[Any, Any, Any]) -> str:
    """What a person typed into a form that is too large, as far as a page gives it back. Its length was announced, as
    browsers do, and nothing of it is read yet."""
    body = b""
    while len(body) < READ_AT_MOST and (event := await request.receive())["type"] == "http.request":
        body += event["body"]
        if not event["more_body"]:
            break
    return Form(body[:READ_AT_MOST]).typed[:GIVEN_BACK]


def number(text: str) -> int:
    """The number of a message. Raises ClientException for what is none."""
    found = number_or_none(text)
    if found is None:
        raise ClientException("not a number")
    return found


def number_or_none(text: str) -> int | None:
    """The number of a message; None for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MAX_SEQ):
        return None
    return int(text)


class Unsent(NamedTuple):
    """A form that was refused: which field it is about, what was typed there, and the line by its box."""

    field: str = ""
    typed: str = ""
    alert: str = ""
    wait: int = 0
    """Seconds after which the line is over; 0: it stays until the next answer."""
    reply_to: int | None = None

    def of(self, field: str) -> "Unsent":
        """What a field's box holds, and the line by it."""
        return self if field == self.field else NOTHING

    @property
    def invalid(self) -> bool:
        """Whether the text itself is at fault, not only its hour."""
        return bool(self.alert) and not self.wait


NOTHING = Unsent()
"""A form as it is drawn anew."""
