"""The wheel is the whole chat room: installed into an empty environment, it serves people from any folder."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import venv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.kit import ROOT

pytestmark = pytest.mark.timeout(300)

SOURCE = ROOT
MADE_BY_THE_BUILD = ("*.mo", "*.br", "*.gz")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy as clean as a fresh clone."""
    source, out = tmp_path_factory.mktemp("wheel") / "source", tmp_path_factory.mktemp("dist")
    source.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md", ".gitignore"):
        if (SOURCE / name).exists():
            shutil.copy(SOURCE / name, source)
    for name in ("src", "piccolo_migrations"):
        ignored = shutil.ignore_patterns("__pycache__", *MADE_BY_THE_BUILD)
        shutil.copytree(SOURCE / name, source / name, ignore=ignored)
    subprocess.run([*PIP, "wheel", "--no-deps", "--wheel-dir", out, source], check=True)
    return next(out.glob("chatroom-*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, its locked dependencies, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    into = (*PIP, "--python", folder / "bin" / "python")
    subprocess.run([*into, "install", "--require-hashes", "--no-deps", "-r", SOURCE / "requirements.txt"], check=True)
    subprocess.run([*into, "install", "--no-deps", wheel], check=True)
    subprocess.run([*into, "check"], check=True)
    return folder


def test_the_wheel_carries_all_that_the_source_has(wheel: Path):
    carried = set(zipfile.ZipFile(wheel).namelist())

    def expected(pattern: str, suffix: str = "") -> set[str]:
        found = {f.relative_to(SOURCE / "src").as_posix() + suffix for f in (SOURCE / "src").glob(pattern)}
        assert found, f"nothing matches {pattern}"
        return found

    assert expected("chat/**/*.py") <= carried
    assert expected("chat/templates/**/*.html") <= carried
    assert {f"{name[:-3]}.mo" for name in expected("chat/locale/*/LC_MESSAGES/*.po")} <= carried
    for kind in ("js", "svg", "webmanifest"):
        for suffix in ("", ".br", ".gz"):
            assert expected(f"chat/static/*.{kind}", suffix) <= carried
    for migration in (SOURCE / "piccolo_migrations").glob("*.py"):
        assert f"chat/piccolo_migrations/{migration.name}" in carried
    assert not [name for name in carried if name.endswith((".po", ".pot"))]


def test_people_talk_in_an_installed_chatroom(environment: Path, tmp_path: Path):
    with serving(environment, tmp_path) as address, httpx.Client(base_url=address) as browser:
        page = browser.get("/", headers={"Accept-Language": "en"}, follow_redirects=True)
        assert re.search(r"/r/lobby/[^/]+/$", page.url.path)
        key = re.search(r'<input[^>]*\bname="key"[^>]*\bvalue="([^"]+)"', page.text)
        assert key

        said = browser.post(page.url.join("messages"), data={"text": "hello from a wheel", "key": key[1]})
        assert said.status_code == 303

        assert "hello from a wheel" in browser.get(page.url).text
        assert (tmp_path / "data" / "chatroom.sqlite").exists()


def test_an_installed_chatroom_speaks_chinese_and_sends_small_files(environment: Path, tmp_path: Path):
    with serving(environment, tmp_path) as address, httpx.Client(base_url=address) as browser:
        page = browser.get("/", headers={"Accept-Language": "zh-CN"}, follow_redirects=True)
        assert "消息" in page.text

        script = browser.get("/static/htmx-2.0.11.min.js", headers={"Accept-Encoding": "br"})
        assert script.headers["Content-Encoding"] == "br"


@contextmanager
def serving(environment: Path, folder: Path) -> Iterator[str]:
    """`chatroom serve` of that environment, run in that folder; its address."""
    port = free_port()
    ours = ("CHATROOM_", "PYTHON")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    settings = {"CHATROOM_DATA_DIR": str(folder / "data"), "CHATROOM_PORT": str(port)}
    log = folder / "log"
    with log.open("wb") as output:
        command = [str(environment / "bin" / "chatroom"), "serve"]
        environ = inherited | settings
        server = subprocess.Popen(command, cwd=folder, env=environ, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        assert eventually(lambda: server.poll() is not None or is_healthy(address)), log.read_text()
        assert server.poll() is None, log.read_text()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health").is_success
    except httpx.TransportError:
        return False


def eventually(holds: Callable[[], bool], within: float = 20) -> bool:
    """Whether it comes to hold within so many seconds."""
    pause, end = threading.Event(), time.monotonic() + within
    while time.monotonic() < end:
        if holds():
            return True
        pause.wait(0.05)
    return holds()
