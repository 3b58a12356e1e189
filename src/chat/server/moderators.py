"""Moderators are made and removed by whoever runs the server: `chatroom moderator`."""

from datetime import UTC, datetime

from chat.domain.moderators import check_name
from chat.domain.refusals import Refused
from chat.server.key import make_folder
from chat.settings import BadSetting, Settings
from chat.storage import moderators
from chat.storage.database import Database


async def run(settings: Settings, verb: str, name: str | None) -> list[str]:
    """Do one thing, and answer the lines that say so. Raises BadSetting, DatabaseError."""
    if (name is None) != (verb == "list"):
        raise BadSetting(f"chatroom moderator {verb} {'takes no name' if name else 'needs a name'}")
    try:
        who = check_name(name or "list")
    except Refused:
        raise BadSetting("a moderator's name has 1 to 40 letters or digits, and no spaces") from None
    if settings.on_sqlite:
        make_folder(settings)
    database = Database(settings.database())
    try:
        await database.open()
        await database.migrate()
        return await _do(database, settings, verb, who, datetime.now(UTC))
    finally:
        await database.close()


async def _do(database: Database, settings: Settings, verb: str, name: str, now: datetime) -> list[str]:
    if verb == "list":
        found = await moderators.listed(now)
        return [f"{one.name}: signed in on {len(one.signed_in_at)}" for one in found] or ["There is no moderator."]
    if verb == "remove":
        if not await moderators.remove(database, name):
            raise BadSetting(f"there is no moderator {name}")
        return [f"{name} is no moderator any more."]
    if verb == "add" and not await moderators.add(database, name, now):
        raise BadSetting(f"{name} is a moderator already (`chatroom moderator link {name}` makes a new link)")
    if not await moderators.exists(name):
        raise BadSetting(f"there is no moderator {name}")
    token = await moderators.new_link(database, name, now)
    return [
        f"This signs one browser in as {name}, once, within 24 hours (put your site's address in front):",
        f"http://{settings.host}:{settings.port}/moderation/link/{token}",
    ]
