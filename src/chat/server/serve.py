"""Serving: one process or several, open files, and a stop that leaves no window waiting."""

import asyncio
import gc
import resource
import socket
import sys
import time
from dataclasses import replace
from functools import partial

import uvicorn

from chat.app import Chat
from chat.delivery.bus import Outage
from chat.server import logs, workers
from chat.server.connections import SWEEP_SECONDS, Connections
from chat.server.key import make_folder, signing_key
from chat.server.lock import lock
from chat.server.polling import PollingProtocol
from chat.settings import BadSetting, Settings, without_password
from chat.storage.database import bring_up_to_date
from chat.storage.errors import DatabaseError, Unavailable
from chat.storage.sqlite import check_file

SPARE_FILES = 200
"""Open files that are not connections: the database, the log, the libraries, connections that are being closed."""
NOT_POLLS = 0.05
"""The part of all connections that held polls leave to pages and posts."""
BACKLOG = 8192
PATIENCE_SECONDS = 30.0
"""For a database server that starts together with us."""
RETRY_SECONDS = 0.5


class Server(uvicorn.Server):
    """Lets every held poll go with an ordinary answer before it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        chat: Chat,
        connections: Connections,
        lifeline: int | None = None,
        tells: bool = True,
    ) -> None:
        super().__init__(config)
        self.chat = chat
        self._connections = connections
        self._lifeline = lifeline
        self._tells = tells

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settle_memory()
        self.chat.services.jobs.repeat("sweep connections", SWEEP_SECONDS, self._connections.sweep)
        if self._lifeline is not None:
            asyncio.get_running_loop().add_reader(self._lifeline, self._parent_died)
        if self.started and self._tells:
            print(f"Chatroom is at {url(self.config.host, self.config.port)} (Ctrl+C stops it)", flush=True)

    def _parent_died(self) -> None:
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.chat.services.waiters.release()
        await super().shutdown(sockets)


def serve(settings: Settings) -> None:
    """Serve in the foreground until SIGTERM or SIGINT. Raises BadSetting when it cannot start."""
    logs.configure()
    settings.check_together()
    check_host(settings)
    files = raise_open_files()
    if settings.on_sqlite:
        make_folder(settings)
        try:
            check_file(settings.database_file)
        except DatabaseError as error:
            raise BadSetting(f"CHATROOM_DATABASE_URL: {settings.database_file} cannot be used: {error}") from None
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
    connections = Connections(max(files - SPARE_FILES, 1))
    held_polls = min(settings.held_polls, int(connections.most * (1 - NOT_POLLS)))
    chat = Chat(replace(settings, held_polls=held_polls), signing_key(settings))
    config = uvicorn.Config(
        chat.asgi,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=partial(PollingProtocol, shared=connections, polls=chat.direct_polls),  # type: ignore[arg-type]
        lifespan="on",
        backlog=BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies),
        timeout_graceful_shutdown=1,
    )
    return Server(config, chat, connections, lifeline, tells)


def url(host: str, port: int) -> str:
    """An address that a browser on this machine takes: what stands for every address is none itself."""
    host = {"::": "::1", "0.0.0.0": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def check_host(settings: Settings) -> None:
    """Raises BadSetting when nobody can listen there."""
    try:
        socket.getaddrinfo(settings.host, settings.port)
    except OSError as error:
        raise BadSetting(f"CHATROOM_HOST={settings.host!r} cannot be used: {error.strerror}") from None


async def reach_database(settings: Settings) -> None:
    """Bring the database up to date; its server may come up a little after us. Raises BadSetting."""
    outage = Outage("database")
    patience = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await bring_up_to_date(settings.database())
        except Unavailable as error:
            if settings.on_sqlite:
                raise BadSetting(f"CHATROOM_DATABASE_URL: {error}") from None
            if outage.problem is None:
                print(
                    f"Waiting for the database at {without_password(settings.database())}: "
                    f"trying again for {PATIENCE_SECONDS:.0f} seconds",
                    file=sys.stderr,
                    flush=True,
                )
            outage.goes_on(error)
            if time.monotonic() > patience:
                raise BadSetting(f"CHATROOM_DATABASE_URL: no database answers there: {outage.problem}") from None
        except (DatabaseError, ValueError) as error:
            raise BadSetting(f"CHATROOM_DATABASE_URL: {error}") from None
        await asyncio.sleep(RETRY_SECONDS)


def raise_open_files() -> int:
    """Raise the limit of open files as far as it goes; answers the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def settle_memory() -> None:
    """What is loaded by now lives as long as the process: the collector need not look at it with every poll."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
