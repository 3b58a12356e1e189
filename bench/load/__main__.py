"""`make bench`: measure everything in one go, and write docs/performance.md."""

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bench.load import report, scenarios
from bench.load.process import OUR_CORE, ROOT
from bench.load.scenarios import FULL, QUICK

RESULTS = ROOT / "docs" / "performance.json"
SCENARIOS = ("polls", "fan_out", "audiences", "held", "posts", "pages", "growth", "fairness", "machines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller and shorter, in four minutes; nothing is written")
    parser.add_argument(
        "--only", nargs="+", choices=SCENARIOS, default=SCENARIOS, help="only these; nothing is written"
    )
    parser.add_argument("--redraw", action="store_true", help="write the report anew from what was measured last")
    parser.add_argument("--out", type=Path, help="where to keep what was measured")
    chosen = parser.parse_args()
    if chosen.redraw:
        return report.write(json.loads(RESULTS.read_text()))
    whole = not chosen.quick and len(chosen.only) == len(SCENARIOS)
    take_place()
    results = {"machine": machine(), "quick": chosen.quick}
    for name in chosen.only:
        began = time.monotonic()
        results[name] = getattr(scenarios, name)(QUICK if chosen.quick else FULL)
        print(f"\n{name}: {time.monotonic() - began:.0f} s\n\n{report.table(name, results[name])}", flush=True)
    if out := chosen.out or (RESULTS if whole else None):
        out.write_text(json.dumps(results, indent=1) + "\n")
    if whole:
        report.write(results)
    print(report.verdicts(results))


def take_place() -> None:
    """On a core of our own, before other work, with as many connections as the system lets us have."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # and so stops the servers too
    os.sched_setaffinity(0, {OUR_CORE})
    with suppress(PermissionError):
        os.nice(-15)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def machine() -> dict[str, str]:
    """What the figures hold for."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    cpu = next(line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    return {
        "when": f"{datetime.now(UTC):%Y-%m-%d}",
        "commit": commit.stdout.strip(),
        "cpu": cpu.partition(": ")[2],
        "cores": str(os.cpu_count()),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    main()
