"""Who keeps the rooms civil: their names, and the tokens that let them in."""

import re
import secrets
from datetime import timedelta
from hashlib import sha256

from chat.domain.refusals import Refused

LINK_TIME = timedelta(hours=24)
SESSION_TIME = timedelta(days=30)
NAME = re.compile(r"[\w.@+-]{1,40}")
"""One word."""


def check_name(name: str) -> str:
    """Raises Refused: moderator.name."""
    if not NAME.fullmatch(name):
        raise Refused("moderator.name")
    return name


def new_token() -> str:
    """A secret that may stand in an address."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What is stored of a token."""
    return sha256(token.encode()).hexdigest()
