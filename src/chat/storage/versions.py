"""Versions: how often something has changed that every process keeps in memory."""

from chat.storage.tables import Version

BANS = "bans"
WORDS = "words"
ERASED = "erased"
"""What was erased from the log, which tails may still hold."""


async def change(name: str) -> None:
    """Tell every process that this has changed; in the transaction that changes it."""
    await Version.raw(
        "INSERT INTO version (name, number) VALUES ({}, 1) "
        "ON CONFLICT (name) DO UPDATE SET number = version.number + 1",
        name,
    ).run()


async def all_versions() -> dict[str, int]:
    """The number of each; 0 is not told."""
    rows = await Version.select(Version.name, Version.number).run()
    return {row["name"]: row["number"] for row in rows}
