"""Moderators: how they come in, and what they do in the sheets."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

import httpx

from chat.storage import moderators as stored
from tests.kit.markup import Element
from tests.kit.page import Page
from tests.kit.people import Browser, Person, Room

BAN = {"mode": "ban", "minutes": "60", "reason": "spam", "person": "1", "browser": "1"}
MUTE = BAN | {"mode": "mute"}


async def link(room: Room, name: str) -> str:
    """The address of a new link for a moderator of this name."""
    database, now = room.chat.services.database, room.chat.services.actions.now()
    await stored.add(database, name, now)
    return f"/moderation/link/{await stored.new_link(database, name, now)}"


async def signs_in(browser: Browser, address: str) -> httpx.Response:
    """Press the button of the link's page."""
    return await browser.http.post(address, headers={"Sec-Fetch-Site": "same-origin"})


class Moderator(Person):
    """A window of somebody who is signed in."""

    @classmethod
    async def enter(cls, room: Room, name: str = "mia", language: str = "en") -> Moderator:
        moderator = cls(room.browser(language))
        await moderator.enters(room.address)
        answer = await signs_in(moderator.browser, await link(room, name))
        assert answer.status_code == 303, answer.text
        return moderator

    async def acts(self, what: str, /, **fields: Any) -> httpx.Response:
        """Post to an address of /moderation, as htmx does."""
        data = {name: str(value) for name, value in fields.items()}
        return await self.posts(f"/moderation/{what}", data, headers=self._htmx("office"))

    async def acts_on(self, text: str, what: str, /, **fields: Any) -> httpx.Response:
        """The same, about the message with this text."""
        return await self.acts(what, room=self.room, seq=self.line(text).seq, **fields)

    async def bans(self, text: str, **fields: str) -> httpx.Response:
        """Ban the author of a message."""
        return await self.acts_on(text, "bans", **(BAN | fields))

    async def mutes(self, text: str, **fields: str) -> httpx.Response:
        return await self.acts_on(text, "bans", **(MUTE | fields))

    async def sees_without_script(self, what: str, /, **fields: Any) -> Page:
        """Post the same as a plain form: the page that answers."""
        data = BAN | {name: str(value) for name, value in fields.items()}
        return Page((await self.posts(f"/moderation/{what}", data)).text)

    async def reads(self, page: str) -> Element:
        """A page of /moderation."""
        answer = await self.browser.gets(urljoin(self.url, f"/moderation/{page}"))
        assert answer.status_code == 200, answer.text
        return Page(answer.text).one("main")

    async def lifts(self, number: int) -> httpx.Response:
        return await self.acts(f"bans/{number}/lifted")
