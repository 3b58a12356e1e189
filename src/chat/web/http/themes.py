"""Light or dark: the visitor's choice, else what their system says."""

from chat.web.http.requests import AnyRequest, cookies_of

THEME_COOKIE = "theme"
AUTO = "auto"
THEMES = ("light", "dark")


def theme_of(request: AnyRequest) -> str:
    """The theme that the visitor has chosen, for `shared/_head.html`; empty while it is their system's."""
    chosen = cookies_of(request).get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else ""
