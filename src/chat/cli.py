"""The `chatroom` command."""

import argparse
import asyncio
import sys
from dataclasses import fields

from chat.settings import BadSetting, Settings, variable_name


def main() -> None:
    """Run one command; a setting that cannot be used ends it with one line."""
    try:
        arguments = _parser().parse_args()
        arguments.run(Settings.from_environment())
    except (BadSetting, OSError) as problem:
        sys.exit(f"chatroom: {problem}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chatroom", description="An anonymous chat that any browser can open.")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run in (("serve", serve), ("migrate", migrate), ("settings", settings)):
        commands.add_parser(name, help=run.__doc__, description=run.__doc__).set_defaults(run=run)
    return parser


def serve(chosen: Settings) -> None:
    """bring the database up to date and serve in the foreground"""
    from chat.server import serve as run

    run(chosen)


def migrate(chosen: Settings) -> None:
    """bring the database up to date"""
    from chat.storage.database import Database

    async def run() -> None:
        database = Database(chosen.database())
        await database.open()
        await database.migrate()
        await database.close()

    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    asyncio.run(run())
    print("The database is up to date.")


def settings(chosen: Settings) -> None:
    """list every setting: its value now, its default, its meaning"""
    for field in fields(Settings):
        value = getattr(chosen, field.name)
        shown = "(set)" if field.name == "secret_key" and value else _shown(value)
        print(f"{variable_name(field.name)}={shown}")
        print(f"    {field.metadata['variable'].meaning}; default: {_shown(field.default) or 'none'}")


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
