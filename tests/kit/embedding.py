"""The room in a frame on another site."""

import re
from typing import TypeVar

import httpx

from tests.kit.people import Browser, NoScriptPerson, Person

HOST, SECOND = "https://blog.example", "http://localhost:3000"
"""Sites that the operator has named."""
IN_A_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{HOST}/"}

P = TypeVar("P", Person, NoScriptPerson)


async def framed(kind: type[P], browser: Browser, query: str = "") -> P:
    """Somebody reads a page of another site, which shows the room in a frame; the browser keeps no cookie there."""
    person = kind(browser.refuses_cookies())
    await person.enters(f"/embed/lobby{query}")
    assert person.answer.status_code == 200
    return person


def ancestors(answer: httpx.Response) -> str:
    """Who may show it in a frame."""
    return re.search("frame-ancestors ([^;]*)", answer.headers["content-security-policy"])[1]  # type: ignore[index]
