"""The signing key."""

import os
import secrets
from pathlib import Path

from chat.settings import BadSetting, Settings

SHORTEST_KEY = 16
"""Characters of a signing key in the data folder."""


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
