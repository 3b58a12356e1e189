"""Browsers keep a static file for ever: what an address once answered, it always answers."""

import hashlib
import re
from importlib.resources import files
from pathlib import Path

import pytest

PACKAGE = Path(str(files("chat")))
STATIC = PACKAGE / "static"
BUILT = {".br", ".gz"}
SERVED = sorted(file.name for file in STATIC.iterdir() if file.suffix not in BUILT)
SUMS = {
    name.removeprefix("static/"): sum_
    for sum_, name in map(str.split, (PACKAGE / "SHA256SUMS").read_text().splitlines())
}
KINDS = {".js", ".png", ".svg", ".webmanifest"}


def sha256(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()


def test_nothing_is_served_but_what_pages_ask_for():
    assert {Path(name).suffix for name in SERVED} == KINDS


def test_every_static_file_is_listed_and_no_other():
    assert sorted(SUMS) == SERVED


@pytest.mark.parametrize("name", SERVED)
def test_a_static_file_that_changes_takes_a_new_name(name: str):
    assert SUMS.get(name) == sha256(name), f"{name}: give the changed file the next version and list that"


@pytest.mark.parametrize("name", SERVED)
def test_the_version_of_a_static_file_is_in_its_name(name: str):
    assert re.search(r"-\d", name)


def test_the_vendored_htmx_is_the_published_one():
    assert SUMS["htmx-2.0.11.min.js"] in (PACKAGE / "VENDORED.md").read_text("utf-8")
