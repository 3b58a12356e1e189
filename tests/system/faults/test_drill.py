"""The drill in its short form; `make drill` is the long one."""

import os
import secrets

import pytest

from drills.drill import Plan, drill


@pytest.mark.timeout(240)
async def test_every_window_is_shown_every_event_exactly_once_whatever_happens(tmp_path):
    seed = int(os.environ.get("DRILL_SEED") or secrets.randbelow(10**6))
    print(f"DRILL_SEED={seed}")
    plan = Plan(seed, faults=5, pause=1.5, windows=50, frames=3, posters=4, posts=1500, patience=4, haste=4, hold=4)
    async with drill(plan, tmp_path) as ours:
        try:
            await ours.run()
        finally:
            print(ours.report())
        assert sum(len(poster.acknowledged) for poster in ours.posters) > 50
