"""The lock of an SQLite file: one server at a time."""

import fcntl
from pathlib import Path
from typing import IO

from chat.settings import BadSetting


def lock(database: Path) -> IO[str]:
    """Hold an SQLite file's lock: a second server would number its events behind the first one's back."""
    real = database.resolve()
    held = real.with_name(f"{real.name}.lock").open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise BadSetting(f"another chatroom serves from {database.resolve().parent}: stop it first") from None
    return held
