"""What machines ask of a site: what they may read and index, and its icon."""

from litestar import get
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.response import Redirect

from chat.domain import rooms
from chat.web.http.services import Services

ICON = "/static/icon-2-192.png"
SHARED_IMAGE = "/static/share-1.png"
"""What messengers show beside a shared address, 1200x630; made from `tools/share.svg`."""

PREVIEWS = (
    "facebookexternalhit",
    "Twitterbot",
    "LinkedInBot",
    "Slackbot-LinkExpanding",
    "TelegramBot",
    "WhatsApp",
    "Discordbot",
    "SkypeUriPreview",
    "Pinterestbot",
)
"""They fetch an address when a person shares it, and only then."""
CLOSED = ("/",)
OPEN = ("/r/_", "/embed/", "/r/*/*/", "/clock", "/language")
"""What stays closed where rooms may be indexed: unlisted rooms, what lies behind a seat, and choices."""


@get("/robots.txt", media_type=MediaType.TEXT)
async def robots_txt(services: NamedDependency[Services]) -> str:
    """Every visit to a room gives a new seat, so crawlers stay out but where the operator lets them in."""
    may = services.settings.index == "yes"
    lines = [*(f"User-agent: {name}" for name in PREVIEWS), "Allow: /", "", "User-agent: *"]
    # A room's address leads to a fresh seat's, which tells itself by `?new=`.
    lines += ["Allow: /r/*/*/?new="] if may else []
    return "\n".join([*lines, *(f"Disallow: {path}" for path in (OPEN if may else CLOSED)), ""])


@get("/favicon.ico")
async def favicon() -> Redirect:
    """For browsers that ask before they have read a page."""
    return Redirect(ICON, status_code=302)


def robots(services: Services, room: str) -> str:
    """What search engines may do with a room's address: only listed rooms, only where the operator says so."""
    return "all" if services.settings.index == "yes" and rooms.listed(room) else "noindex"
