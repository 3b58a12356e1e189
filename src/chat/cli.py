"""The `chatroom` command."""

import argparse
import asyncio
import sys
from collections.abc import Coroutine
from dataclasses import fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from chat.settings import BadSetting, Settings, read, variable_name, without_password

T = TypeVar("T")


def main() -> None:
    """Run one command; a setting that cannot be used ends it with one line."""
    try:
        given = vars(_parser().parse_args())
        run = given.pop("run")
        run(Settings.from_environment(), **given)
    except (BadSetting, OSError) as problem:
        sys.exit(f"chatroom: {problem}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="chatroom", description="An anonymous chat that any browser can open.")
    parser.add_argument("--version", action="version", version=f"chatroom {version('chatroom')}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, run in (
        ("serve", serve),
        ("migrate", migrate),
        ("settings", settings),
        ("move", move),
        ("moderator", moderator),
        ("export", export),
        ("purge", purge),
        ("forget", forget),
    ):
        command = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        command.set_defaults(run=run)
        for option, what in OPTIONS.get(name, {}).items():
            command.add_argument(option, **what)
    return parser


OPTIONS: dict[str, dict[str, Any]] = {
    "moderator": {
        "verb": {"choices": ("add", "list", "link", "remove")},
        "name": {"nargs": "?", "help": "one word; list takes none"},
    },
    "export": {
        "--room": {"required": True, "metavar": "NAME"},
        "--format": {"dest": "form", "choices": ("jsonl", "txt", "html"), "default": "jsonl"},
        "--output": {"type": Path, "metavar": "FILE", "help": "instead of the standard output"},
    },
    "purge": {
        "--before": {"metavar": "DATE", "help": "a day like 2026-11-30; what is older goes (UTC)"},
        "--room": {"metavar": "NAME", "help": "only in this room"},
        "--compact": {"action": "store_true", "help": "write an SQLite file anew, without its free pages"},
    },
    "forget": {
        "--tag": {"required": True, "help": "the six characters beside the nickname"},
        "--room": {"metavar": "NAME", "help": "only in this room"},
        "--yes": {"action": "store_true", "help": "do not ask"},
    },
    "serve": {"--workers": {"type": int, "metavar": "N", "help": "serve with N processes (CHATROOM_WORKERS)"}},
    "move": {
        "--from": {"dest": "source", "required": True, "metavar": "sqlite:///PATH", "help": "where the rooms are"},
        "--to": {"dest": "target", "required": True, "metavar": "postgres://…", "help": "an empty database"},
    },
}


def serve(chosen: Settings, workers: int | None = None) -> None:
    """bring the database up to date and serve in the foreground"""
    from chat.server.serve import serve as run

    run(chosen if workers is None else replace(chosen, workers=read("workers", {"CHATROOM_WORKERS": str(workers)})))


def move(chosen: Settings, source: str, target: str) -> None:
    """take all rooms, people and messages from SQLite to PostgreSQL"""
    from chat.server.lock import lock
    from chat.storage import moving
    from chat.storage.errors import DatabaseError

    try:
        file = moving.source_file(source, target)
        with lock(file):
            asyncio.run(moving.move(source, target, _show_progress))
    except DatabaseError as problem:
        sys.exit(f"chatroom: {problem}")
    print("Everything is there now. Serve from it with CHATROOM_DATABASE_URL.")
    if (key := file.with_name("secret.key")).exists():
        print(f"Open windows keep their people when CHATROOM_SECRET_KEY is what {key} holds.")


def _show_progress(table: str, done: int, total: int) -> None:
    ends = "\n" if done == total else ""
    print(f"\r{table}: {done:,} of {total:,}", end=ends, flush=True)


def moderator(chosen: Settings, verb: str, name: str | None) -> None:
    """make, list and remove moderators, or make a link that signs one in"""
    from chat.server.moderators import run
    from chat.storage.errors import DatabaseError

    try:
        print("\n".join(asyncio.run(run(chosen, verb, name))))
    except DatabaseError as problem:
        sys.exit(f"chatroom: {problem}")


def export(chosen: Settings, room: str, form: str, output: Path | None) -> None:
    """write what is kept of a room to a file, or to the standard output"""
    from chat.server import keeping

    shown = _show_exported if sys.stderr.isatty() else lambda done, total: None
    _done(keeping.export(chosen, room, form, output, shown))


def _show_exported(done: int, total: int) -> None:
    print(f"\r{done:,} of {total:,}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def purge(chosen: Settings, before: str | None, room: str | None, compact: bool) -> None:
    """erase what was said before a day, for good"""
    from chat.server import keeping

    if not (before or compact):
        raise BadSetting("purge needs --before DATE, or --compact")
    if before:
        print(f"Erased from {_done(keeping.purge(chosen, before, room))} rooms.")
    if compact:
        _done(keeping.compact(chosen))
        print("The file is written anew.")


def forget(chosen: Settings, tag: str, room: str | None, yes: bool) -> None:
    """erase a person's nickname and all that they said, for good"""
    from chat.server import keeping

    found = _done(keeping.with_tag(chosen, tag, room))
    if not found:
        sys.exit(f"chatroom: nobody goes by {tag}")
    for person in found:
        print(f"{person.room}: {person.nickname or 'Anonymous'}#{tag}, {person.messages:,} messages")
    if yes or input("Erase all of it for good? Type yes: ").strip() == "yes":
        _done(keeping.forget(chosen, found))
        print("Erased.")


def _done(doing: Coroutine[Any, Any, T]) -> T:
    """What it answers; a database that refuses ends the command with one line."""
    from chat.storage.errors import DatabaseError

    try:
        return asyncio.run(doing)
    except DatabaseError as problem:
        sys.exit(f"chatroom: {problem}")


def migrate(chosen: Settings) -> None:
    """bring the database up to date"""
    from chat.server.key import make_folder
    from chat.storage.database import bring_up_to_date
    from chat.storage.errors import DatabaseError

    if chosen.on_sqlite:
        make_folder(chosen)
    try:
        asyncio.run(bring_up_to_date(chosen.database()))
    except DatabaseError as problem:
        sys.exit(f"chatroom: {problem}")
    print("The database is up to date.")


def settings(chosen: Settings) -> None:
    """list every setting: its value now, its default, its meaning"""
    for field in fields(Settings):
        value = getattr(chosen, field.name)
        shown = "(set)" if field.name == "secret_key" and value else without_password(_shown(value))
        print(f"{variable_name(field.name)}={shown}")
        print(f"    {field.metadata['variable'].meaning}; default: {_shown(field.default) or 'none'}")


def _shown(value: object) -> str:
    if value is None:
        return ""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
