"""Reports: what somebody finds wrong with a message."""

from chat.domain import texts
from chat.domain.refusals import Refused

REASONS = ("spam", "abuse", "danger", "other")
TEXT_LIMIT = 200


def clean(reason: str, text: str) -> str:
    """What the reporter wrote, one line, which may be empty. Raises Refused: report.reason, text.too_long."""
    if reason not in REASONS:
        raise Refused("report.reason")
    try:
        return texts.clean(text, limit=TEXT_LIMIT)
    except Refused as refused:
        if refused.reason != "text.empty":
            raise
        return ""
