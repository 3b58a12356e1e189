"""The wheel is the whole chat room: beside its locked dependencies and nothing else it serves people, anywhere."""

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import httpx
import pytest

from tests.kit import ROOT
from tests.kit.process import Process

pytestmark = pytest.mark.timeout(300)

MADE_BY_THE_BUILD = ("*.mo", "*.br", "*.gz")
LOCKED = re.compile(r"^([a-z0-9.-]+)==", re.MULTILINE)
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
NO_NETWORK = ("--no-index", "--no-deps")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy as clean as a fresh clone."""
    source, out = tmp_path_factory.mktemp("wheel") / "source", tmp_path_factory.mktemp("dist")
    source.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md", ".gitignore"):
        shutil.copy(ROOT / name, source)
    for name in ("src", "piccolo_migrations"):
        ignored = shutil.ignore_patterns("__pycache__", *MADE_BY_THE_BUILD)
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    build = (*PIP, "wheel", *NO_NETWORK, "--no-build-isolation", "--wheel-dir", out, source)
    subprocess.run(build, check=True)
    return next(out.glob("chatroom-*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, its locked dependencies, and nothing else."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    packages = next(folder.glob("lib/python*/site-packages"))
    for name in LOCKED.findall((ROOT / "requirements.txt").read_text()):
        with suppress(PackageNotFoundError):  # one for other systems
            link(name, packages)
    into = (*PIP, "--python", folder / "bin" / "python")
    subprocess.run([*into, "install", *NO_NETWORK, wheel], check=True)
    subprocess.run([*into, "check"], check=True)
    return folder


def link(name: str, packages: Path) -> None:
    """Let a package that is installed here be there too."""
    here = distribution(name)
    for top in {file.parts[0] for file in here.files or ()} - {"..", "__pycache__"}:
        if not (packages / top).exists():
            (packages / top).symlink_to(Path(str(here.locate_file(top))))


def test_the_wheel_carries_all_that_the_source_has(wheel: Path):
    carried = set(zipfile.ZipFile(wheel).namelist())

    def expected(pattern: str, suffix: str = "") -> set[str]:
        found = {f.relative_to(ROOT / "src").as_posix() + suffix for f in (ROOT / "src").glob(pattern)}
        assert found, f"nothing matches {pattern}"
        return found

    assert expected("chat/**/*.py") <= carried
    assert expected("chat/templates/**/*.html") <= carried
    assert {f"{name[:-3]}.mo" for name in expected("chat/locale/*/LC_MESSAGES/*.po")} <= carried
    for kind in ("js", "svg", "webmanifest"):
        for suffix in ("", ".br", ".gz"):
            assert expected(f"chat/static/*.{kind}", suffix) <= carried
    for migration in (ROOT / "piccolo_migrations").glob("*.py"):
        assert f"chat/piccolo_migrations/{migration.name}" in carried
    assert not [name for name in carried if name.endswith((".po", ".pot"))]


@pytest.fixture
def installed(environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    """`chatroom serve` of that environment."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    server = Process(tmp_path, command=(str(environment / "bin" / "chatroom"), "serve"))
    server.start()
    yield server
    server.end()


def test_people_talk_in_an_installed_chatroom(installed: Process):
    with httpx.Client(base_url=installed.url) as browser:
        page = browser.get("/", headers={"Accept-Language": "en"}, follow_redirects=True)
        assert re.search(r"/r/lobby/[^/]+/$", page.url.path)
        key = re.search(r'<input[^>]*\bname="key"[^>]*\bvalue="([^"]+)"', page.text)
        assert key

        said = browser.post(page.url.join("messages"), data={"text": "hello from a wheel", "key": key[1]})
        assert said.status_code == 303

        assert "hello from a wheel" in browser.get(page.url).text
        assert installed.said("lobby") == ["hello from a wheel"]


def test_an_installed_chatroom_speaks_chinese_and_sends_small_files(installed: Process):
    with httpx.Client(base_url=installed.url) as browser:
        page = browser.get("/", headers={"Accept-Language": "zh-CN"}, follow_redirects=True)
        assert "消息" in page.text

        script = browser.get("/static/htmx-2.0.11.min.js", headers={"Accept-Encoding": "br"})
        assert script.headers["Content-Encoding"] == "br"
