"""What is typed while the page is drawn anew: for the moment between, the browser keeps it in a cookie of the page."""

from urllib.parse import quote, unquote

from litestar.datastructures import Cookie

from chat.web.http.forms import Form
from chat.web.http.requests import AnyRequest, came_from, cookies_of, kept_cookie

DRAFT_COOKIE = "draft"
SECONDS = 30
LONGEST = 300
"""Characters: a cookie has room for so many, however many bytes each takes."""


def draft_cookies(request: AnyRequest, form: Form) -> list[Cookie]:
    """Keeps what the form says is typed in the page that it stands in."""
    text, page = form.get("text")[:LONGEST], came_from(request)
    if not text or page == "/":
        return []
    return [Cookie(DRAFT_COOKIE, value=quote(text), path=page, **{**kept_cookie(request), "max_age": SECONDS})]


def kept_draft(request: AnyRequest) -> str:
    """What was typed before the page was drawn anew."""
    return unquote(cookies_of(request).get(DRAFT_COOKIE, ""))[:LONGEST]


def forgets_draft(request: AnyRequest, page: str) -> list[Cookie]:
    """Takes the cookie away, if there is one."""
    kept = DRAFT_COOKIE in cookies_of(request)
    return [Cookie(DRAFT_COOKIE, value="", path=page, **{**kept_cookie(request), "max_age": 0})] if kept else []
