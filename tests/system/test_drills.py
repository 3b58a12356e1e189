"""The drills in their short form, always the same one; `make drill` is the long one, and another each time."""

import subprocess
import sys

import pytest

from tests.kit import ROOT

SEED = "--seed=7"
NOT_HERE = 75
"""What a drill ends with on a machine that has not what it needs."""
HURRIED = ("--pause=1.5", "--frames=3", "--posts=1500", "--patience=4", "--haste=4", "--hold=4")
SHORT = {
    "drill": ("--faults=5", "--windows=50", "--posters=4"),
    "fleet": ("--faults=7", "--windows=150", "--posters=6"),
    "site": ("--faults=8", "--windows=90", "--posters=6"),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", SHORT)
def test_every_window_is_shown_every_event_exactly_once_whatever_happens(name: str) -> None:
    drill = [sys.executable, "-m", f"drills.{name}", SEED, *HURRIED, *SHORT[name]]
    done = subprocess.run(drill, cwd=ROOT, capture_output=True, text=True, timeout=280)
    print(done.stdout, done.stderr)
    if done.returncode == NOT_HERE:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0
