"""Serving: the signing key, the lock on the file, open files, and a stop that leaves no window waiting."""

import asyncio
import fcntl
import os
import resource
import secrets
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import IO

import uvicorn

from chat import logs, workers
from chat.app import Chat
from chat.live.wake import Outage
from chat.protocol import BoundedProtocol
from chat.settings import BadSetting, Settings
from chat.storage.database import DATABASE_ERRORS, UNAVAILABLE, MigrationFailed, bring_up_to_date

SPARE_FILES = 200
"""Open files that are not connections: the database, the log, the libraries."""
BACKLOG = 8192
SHORTEST_KEY = 16
"""Characters of a signing key in the data folder."""
PATIENCE_SECONDS = 30.0
"""For a database server that starts together with us."""
RETRY_SECONDS = 0.5


class Server(uvicorn.Server):
    """Lets every held poll go with an ordinary answer before it stops."""

    def __init__(self, config: uvicorn.Config, chat: Chat, lifeline: int | None = None, tells: bool = True) -> None:
        super().__init__(config)
        self.chat = chat
        self._lifeline = lifeline
        self._tells = tells

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._lifeline is not None:
            asyncio.get_running_loop().add_reader(self._lifeline, self._parent_died)
        if self.started and self._tells:
            print(f"Chatroom is at http://{self.config.host}:{self.config.port} (Ctrl+C stops it)", flush=True)

    def _parent_died(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.chat.waiting.release()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve in the foreground until SIGTERM or SIGINT. Raises BadSetting when it cannot start."""
    logs.configure()
    settings.check_together()
    check_host(settings)
    files = raise_open_files()
    if settings.on_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        check_file(settings.database_file)
        with lock(settings.database_file):
            asyncio.run(reach_database(settings))
            serve_together(settings, files)
    else:
        asyncio.run(reach_database(settings))
        serve_together(settings, files)


def serve_together(settings: Settings, files: int) -> None:
    """Serve with as many processes as are wanted, on one socket. Raises BadSetting when its port is taken."""
    listener = take_port(settings)
    if settings.workers == 1:
        return server(settings, files).run([listener])

    def work(lifeline: int, first: bool) -> None:
        server(settings, files, lifeline, tells=first).run([listener])

    workers.run(settings.workers, work)


def take_port(settings: Settings) -> socket.socket:
    """The socket that processes share; whoever is ready listens on it. Raises BadSetting when the port is taken."""
    taken = socket.socket(socket.getaddrinfo(settings.host, settings.port)[0][0])
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        taken.close()
        raise BadSetting(f"CHATROOM_PORT: {settings.host}:{settings.port} cannot be used: {error.strerror}") from None
    return taken


def server(settings: Settings, files: int, lifeline: int | None = None, tells: bool = True) -> Server:
    """What one process serves with; `files` may be open in it."""
    chat = Chat(settings, signing_key(settings))
    chat.waiting.places.bound = min(chat.waiting.places.bound, max(files - SPARE_FILES, 0))
    config = uvicorn.Config(
        chat.asgi,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedProtocol,
        lifespan="on",
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies),
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return Server(config, chat, lifeline, tells)


def check_host(settings: Settings) -> None:
    """Raises BadSetting when nobody can listen there."""
    try:
        socket.getaddrinfo(settings.host, settings.port)
    except OSError as error:
        raise BadSetting(f"CHATROOM_HOST={settings.host!r} cannot be used: {error.strerror}") from None


def check_file(path: Path) -> None:
    """Raises BadSetting when this is no SQLite file, nor can become one."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError as error:
        raise BadSetting(f"CHATROOM_DATABASE_URL: {path} cannot be used: {error}") from None


async def reach_database(settings: Settings) -> None:
    """Bring the database up to date; its server may come up a little after us. Raises BadSetting."""
    outage = Outage("database")
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await bring_up_to_date(settings.database())
        except UNAVAILABLE as error:
            if settings.on_sqlite:
                raise BadSetting(f"CHATROOM_DATABASE_URL: {error}") from None
            outage.goes_on(error)
            if time.monotonic() > patience:
                raise BadSetting(f"CHATROOM_DATABASE_URL: no database answers there: {outage.problem}") from None
        except (MigrationFailed, ValueError, *DATABASE_ERRORS) as error:
            raise BadSetting(f"CHATROOM_DATABASE_URL: {error}") from None
        await asyncio.sleep(RETRY_SECONDS)


def raise_open_files() -> int:
    """Raise the limit of open files as far as it goes; answers the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


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
