"""Serving: the signing key, the lock on the file, open files, and a stop that leaves no window waiting."""

import fcntl
import os
import resource
import secrets
import socket
from pathlib import Path
from typing import IO

import uvicorn

from chat import logs
from chat.app import Chat
from chat.settings import BadSetting, Settings

SPARE_FILES = 200
"""Open files that are not connections: the database, the log, the libraries."""


class Server(uvicorn.Server):
    """Lets every held poll go with an ordinary answer before it stops."""

    def __init__(self, config: uvicorn.Config, chat: Chat) -> None:
        super().__init__(config)
        self.chat = chat

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"Chatroom is at http://{self.config.host}:{self.config.port} (Ctrl+C stops it)", flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.chat.waiting.release()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve in the foreground until SIGTERM or SIGINT. Raises BadSetting when it cannot start."""
    logs.configure()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    files = raise_open_files()
    with lock(settings):
        chat = Chat(settings, signing_key(settings))
        chat.waiting.bound = min(chat.waiting.bound, max(files - SPARE_FILES, 0))
        config = uvicorn.Config(
            chat.asgi,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            lifespan="on",
            backlog=8192,
            access_log=False,
            log_config=None,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=",".join(settings.trusted_proxies),
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        Server(config, chat).run()


def raise_open_files() -> int:
    """Raise the limit of open files as far as it goes; answers the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def lock(settings: Settings) -> IO[str]:
    """Hold the SQLite file's lock: a second server would number its events behind the first one's back."""
    path = settings.data_dir / "chatroom.lock"
    held = path.open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise BadSetting(f"another chatroom serves from {settings.data_dir.resolve()}: stop it first") from None
    return held


def signing_key(settings: Settings) -> bytes:
    """The key that signs seats; made at the first start, and readable by nobody else."""
    if settings.secret_key:
        return settings.secret_key.encode()
    path: Path = settings.data_dir / "secret.key"
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip().encode()
