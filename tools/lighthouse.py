"""Lighthouse on the real page, as on a phone on slow 4G: `make lighthouse`. Needs Node.js with npx."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.kit.conversation import fifty, fill
from tests.kit.process import SPACIOUS, Process

RUNS = 5
VERSION = "12.8.2"
SWITCHES = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
TIMINGS = {
    "first-contentful-paint": "first contentful paint, ms",
    "largest-contentful-paint": "largest contentful paint, ms",
    "total-blocking-time": "total blocking time, ms",
    "cumulative-layout-shift": "layout shift",
}


def judge(url: str, report: Path) -> dict[str, Any]:
    """One run's report."""
    command = [
        *("npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", "--output=json", f"--output-path={report}"),
        *("--form-factor=mobile", "--throttling-method=simulate", "--max-wait-for-load=20000"),
        *("--no-enable-error-reporting", f"--chrome-flags={SWITCHES}"),
    ]
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    subprocess.run(command, env={**os.environ, "CHROME_PATH": browser}, check=True)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def main() -> None:
    if not shutil.which("npx"):
        sys.exit("Lighthouse needs Node.js: install it (Debian: apt install nodejs npm).")
    with tempfile.TemporaryDirectory() as folder:
        server = Process(Path(folder), **SPACIOUS)
        server.start()
        fill(server.database, "lobby", fifty(), "seat-of-stranger")
        reports = [judge(f"{server.url}/r/lobby/", Path(folder) / "report.json") for _ in range(RUNS)]
        server.end()
    print(f"median of {RUNS} (each):")
    for name in reports[0]["categories"]:
        show(name, [report["categories"][name]["score"] * 100 for report in reports])
    for audit, meaning in TIMINGS.items():
        show(meaning, [report["audits"][audit]["numericValue"] for report in reports])


def show(name: str, values: list[float]) -> None:
    print(f"  {name:30} {statistics.median(values):8,.4g}   ({', '.join(f'{value:.4g}' for value in values)})")


if __name__ == "__main__":
    main()
