"""The data folder, and the signing key in it."""

import os
import secrets
import tempfile
from pathlib import Path

from chat.settings import BadSetting, Settings

SHORTEST_KEY = 16
"""Characters of a signing key in the data folder."""


def make_folder(settings: Settings) -> None:
    """Make the data folder. Raises BadSetting when nothing can be written there."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadSetting(f"CHATROOM_DATA_DIR: {folder} cannot be written to: {error.strerror}") from None


def signing_key(settings: Settings) -> bytes:
    """The key that signs seats; made at the first start, and readable by nobody else."""
    if settings.secret_key or not settings.on_sqlite:
        return settings.secret_key.encode()
    path: Path = settings.data_dir / "secret.key"
    if not path.exists():  # under its name only when it is whole: an empty key would be anybody's
        whole = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(whole, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        whole.replace(path)
    key = path.read_text().strip().encode()
    if len(key) < SHORTEST_KEY:
        raise BadSetting(f"{path} holds no signing key: remove it (open windows then lose their people), or restore it")
    return key
