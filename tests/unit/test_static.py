"""Browsers keep a static file for ever: what an address once answered, it always answers."""

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest

STATIC = Path(str(files("chat") / "static"))
ABOUT = {".br", ".gz", ".md"}  # made by the build, or for whoever reads the source
SERVED = sorted(file.name for file in STATIC.iterdir() if file.suffix not in ABOUT and file.name != "SHA256SUMS")
SUMS = {name: sum_ for sum_, name in map(str.split, (STATIC / "SHA256SUMS").read_text().splitlines())}


def sha256(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()


def test_every_static_file_is_listed_and_no_other():
    assert sorted(SUMS) == SERVED


@pytest.mark.parametrize("name", SERVED)
def test_a_static_file_that_changes_takes_a_new_name(name: str):
    assert SUMS.get(name) == sha256(name), f"{name}: give the changed file the next version and list that"


@pytest.mark.parametrize("name", SERVED)
def test_the_version_of_a_static_file_is_in_its_name(name: str):
    assert re.search(r"-\d", name)


def test_the_vendored_htmx_is_the_published_one():
    assert SUMS["htmx-2.0.11.min.js"] in (STATIC / "VENDORED.md").read_text("utf-8")
