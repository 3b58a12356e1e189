"""The system's nginx with `deploy/nginx.conf`: addresses and a certificate are put in, and nothing else is changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tests.browser.served import free_port, listens

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
HOST = "chat.example.org"
AROUND = """
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
SERVER = re.compile(r"server 127\.0\.0\.1:\d+ (.*;)")


def find_nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")


class Nginx:
    """In front of these processes; with TLS and HTTP/2 as it is configured, or plain for clients that know no TLS."""

    def __init__(self, program: str, folder: Path, upstreams: list[str], *, tls: bool = False) -> None:
        folder.mkdir()
        self.port = free_port()
        """Where visitors come."""
        self.plain_port = free_port()
        """Where those come who know of no TLS."""
        self.certificate = folder / "certificate"
        self._command = [program, "-e", f"{folder}/errors", "-c", f"{folder}/nginx.conf"]
        self._process: subprocess.Popen[bytes] | None = None
        ours = put(CONFIGURATION.read_text(), {"listen 80;": f"listen 127.0.0.1:{self.plain_port};"})
        ours = with_tls(ours, folder, self.port) if tls else plain(ours, self.port)
        ours = with_servers(ours, upstreams)
        temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
        user = "" if os.getuid() else "user root;"
        (folder / "nginx.conf").write_text(AROUND.format(user=user, folder=folder, temporary=temporary, ours=ours))

    def start(self) -> None:
        self._process = subprocess.Popen(self._command)
        while not listens(self.port):
            assert self._process.poll() is None, "nginx did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(10)
            self._process = None


def put(text: str, meant: dict[str, str]) -> str:
    for said, ours in meant.items():
        assert text.count(said) == 1, said
        text = text.replace(said, ours)
    return text


def with_servers(text: str, upstreams: list[str]) -> str:
    """The `server` lines, with these addresses and the options they have."""
    lines = [found[0] for found in SERVER.finditer(text)]
    options = SERVER.findall(text)[0]
    assert all(line.endswith(options) for line in lines)
    for line in lines[1:]:
        text = put(text, {line: ""})
    return put(text, {lines[0]: "\n".join(f"server {upstream} {options}" for upstream in upstreams)})


def with_tls(text: str, folder: Path, port: int) -> str:
    certificate, key = folder / "certificate", folder / "key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return put(
        text,
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/chatroom.crt": str(certificate),
            "/etc/ssl/chatroom.key": str(key),
        },
    )


def plain(text: str, port: int) -> str:
    return put(
        text,
        {
            "listen 443 ssl http2;": f"listen 127.0.0.1:{port};",
            "ssl_certificate     /etc/ssl/chatroom.crt;": "",
            "ssl_certificate_key /etc/ssl/chatroom.key;": "",
        },
    )
