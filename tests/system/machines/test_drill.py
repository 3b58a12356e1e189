"""The drill with three processes, in its short form."""

import os
import secrets

import pytest

from drills.drill import Plan
from drills.fleet import fleet
from tests.kit.postgres import OwnPostgres


@pytest.mark.timeout(300)
async def test_every_window_of_every_process_is_shown_every_event_exactly_once_whatever_happens(
    tmp_path, own_postgres: OwnPostgres
):
    seed = int(os.environ.get("DRILL_SEED") or secrets.randbelow(10**6))
    print(f"DRILL_SEED={seed}")
    plan = Plan(seed, faults=7, pause=1.5, windows=150, frames=3, posters=6, posts=1500, patience=4, haste=4, hold=4)
    async with fleet(plan, tmp_path, own_postgres) as ours:
        try:
            await ours.run()
        finally:
            print(ours.report())
        assert sum(len(poster.acknowledged) for poster in ours.posters) > 50
