"""The system's nginx and Caddy with the configurations of `deploy/`; only addresses and a certificate are put in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.kit import ROOT
from tests.kit.ports import free_port, listens

DEPLOY = ROOT / "deploy"
HOST = "chat.example.org"
UPSTREAM = "127.0.0.1:8000"
NGINX = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/errors;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    {temporary}
    {ours}
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
SERVER = re.compile(rf"server {re.escape(UPSTREAM)} (.*;)")
CADDY = """
\tadmin off
\tdefault_bind 127.0.0.1
\thttp_port {plain_port}
\thttps_port {port}
\tgrace_period 1s
\tservers {{"""
"""What a test adds to the global options."""


class Proxy:
    """In front of these processes."""

    package = ""
    """Debian's, which has the program."""
    refuses_posts = False
    """For a moment, when the process they went to is gone."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.port = free_port()
        """Where visitors come."""
        self.plain_port = free_port()
        """Where those come who know of no TLS."""
        self.certificate = folder / "certificate"
        self._key = folder / "key"
        self._command: list[str] = []
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def program(cls) -> str | None:
        return shutil.which(cls.__name__.lower(), path=f"{os.environ['PATH']}:/usr/sbin")

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        while not listens(self.port):
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def _certify(self) -> None:
        made = ["-x509", "-days", "2", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        named = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        kept = ["-keyout", str(self._key), "-out", str(self.certificate)]
        subprocess.run(["openssl", "req", *made, *named, *kept], check=True, capture_output=True)


class Nginx(Proxy):
    """With TLS and HTTP/2 as it is configured, or plain for clients that know no TLS."""

    package = "nginx-light"

    def __init__(self, folder: Path, upstreams: list[str], *, tls: bool = True) -> None:
        super().__init__(folder)
        self._command = [self.program() or "", "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]
        text = put((DEPLOY / "nginx.conf").read_text(), {"listen 80;": f"listen 127.0.0.1:{self.plain_port};"})
        text = self._with_tls(text) if tls else self._plain(text)
        options = SERVER.findall(text)[0]
        ours = put(text, {f"server {UPSTREAM} {options}": "\n".join(f"server {one} {options}" for one in upstreams)})
        temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
        user = "" if os.getuid() else "user root;"
        (folder / "nginx.conf").write_text(NGINX.format(user=user, folder=folder, temporary=temporary, ours=ours))

    def _with_tls(self, text: str) -> str:
        self._certify()
        return put(
            text,
            {
                "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
                "/etc/ssl/chatroom.crt": str(self.certificate),
                "/etc/ssl/chatroom.key": str(self._key),
            },
        )

    def _plain(self, text: str) -> str:
        return put(
            text,
            {
                "listen 443 ssl http2;": f"listen 127.0.0.1:{self.port};",
                "ssl_certificate     /etc/ssl/chatroom.crt;": "",
                "ssl_certificate_key /etc/ssl/chatroom.key;": "",
            },
        )


class Caddy(Proxy):
    """With a certificate that is given, where it would go and get one."""

    package = "caddy"
    refuses_posts = True

    def __init__(self, folder: Path, upstreams: list[str]) -> None:
        super().__init__(folder)
        self._command = [self.program() or "", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]
        self._certify()
        ours = put(
            (DEPLOY / "Caddyfile").read_text(),
            {
                "\n\tservers {": CADDY.format(port=self.port, plain_port=self.plain_port),
                f"{HOST} {{": f"{HOST} {{\n\ttls {self.certificate} {self._key}",
                f"reverse_proxy {UPSTREAM} {{": f"reverse_proxy {' '.join(upstreams)} {{",
            },
        )
        (folder / "Caddyfile").write_text(ours)


def put(text: str, meant: dict[str, str]) -> str:
    for said, ours in meant.items():
        assert text.count(said) == 1, said
        text = text.replace(said, ours)
    return text
