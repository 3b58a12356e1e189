"""Bans and moderators among processes that share a database."""

from __future__ import annotations

from chat.app import Chat
from chat.storage import moderators as stored
from tests.kit.chats import until
from tests.kit.moderators import Moderator
from tests.kit.people import Person, Room


async def test_a_ban_is_in_force_in_every_process_and_ends_what_is_held(chats: list[Chat], ann: Person):
    mia = await Moderator.enter(Room(chats[0]))
    troll = await Room(chats[2]).enter()
    await troll.says("buy")
    await mia.sees("buy")
    await troll.sees("buy")
    held = await troll.waits()
    await mia.bans("buy")
    assert (await held).headers["hx-refresh"] == "true"
    assert "You may not enter" in troll.page.one("h1").text
    assert (await troll.browser.goes_to("/r/lobby/")).status_code == 403
    await mia.lifts(1)
    await until(lambda: not chats[2].services.bans.active)
    assert (await troll.browser.goes_to("/r/lobby/")).status_code == 200


async def test_a_moderator_who_is_removed_is_none_anywhere(chats: list[Chat]):
    mia = await Moderator.enter(Room(chats[1]))
    await stored.remove(chats[0].services.database, "mia")
    for chat in chats:
        mia.browser.move_to(chat)
        assert (await mia.browser.gets("/moderation/bans")).status_code == 303
