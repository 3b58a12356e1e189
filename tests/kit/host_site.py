"""A site of somebody else's, on this machine, which shows the room in a frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.kit.ports import free_port

PAGE = """<!doctype html><html lang="en"><title>A blog</title>
<h1>A blog</h1><iframe id="room" title="Chat" src="{shows}" width="{width}" height="{height}"></iframe>"""


class HostSite:
    """`shows`: the address in its page's frame. `url` says `localhost`, which is another site than the chat's
    127.0.0.1; `other_url` is its own too, where the browser takes blog.test for this machine."""

    def __init__(self, port: int) -> None:
        self.url = f"http://localhost:{port}"
        self.other_url = f"http://blog.test:{port}"
        self.shows = ""
        self.size = (320, 480)
        self.told: list[str] = []
        """All that browsers sent to it."""

    def page(self) -> str:
        return PAGE.format(shows=self.shows, width=self.size[0], height=self.size[1])


@contextmanager
def serving() -> Iterator[HostSite]:
    """The site, for as long as it is needed."""
    port = free_port()
    site = HostSite(port)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.told.append(f"{self.path}\n{self.headers}")
            body = site.page().encode() if self.path == "/" else b""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()
