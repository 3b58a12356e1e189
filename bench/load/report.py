"""What was measured, as tables, plots and verdicts in docs/performance.md. The words there are written by hand."""

import re
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.load import targets
from bench.load.figures import Figures
from bench.load.plot import bars
from bench.load.process import ROOT

DOCS = ROOT / "docs"
COLUMNS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "polls": (
        ("what", "headers", "side"),
        {"cpu_us": "CPU, µs", "per_s": "a second", "p50_ms": "median, ms", "p99_ms": "p99, ms"},
    ),
    "fan_out": (
        ("windows", "side"),
        {"cpu_us": "CPU a copy, µs", "p50_ms": "median, ms", "p99_ms": "p99, ms", "lost": "lost"},
    ),
    "audiences": (
        ("side",),
        {"cpu_us": "CPU a copy, µs", "p99_ms": "p99, ms", "lost": "lost", "memory_kib": "server, KiB"},
    ),
    "held": (("side",), {"cpu_ms": "CPU-ms a minute", "kib": "KiB a window", "base_kib": "KiB before"}),
    "posts": (
        ("posters", "side"),
        {"cpu_us": "CPU, µs", "per_s": "a second", "p50_ms": "median, ms", "p99_ms": "p99, ms"},
    ),
    "pages": (("what",), {"cpu_us": "CPU, µs", "per_s": "a second", "p50_ms": "median, ms"}),
    "growth": (
        ("what", "side"),
        {"cpu_us": "CPU, µs", "per_s": "a second", "p99_ms": "p99, ms", "memory_kib": "server, KiB"},
    ),
    "fairness": (
        ("load",),
        {
            "busy": "core busy",
            "answers_per_s": "answers a second",
            "pages.p95_ms": "page p95, ms",
            "small.p95_ms": "small room p95, ms",
            "large.answered.p95_ms": "post p95, ms",
            "large.p50_ms": "large room median, ms",
            "large.p95_ms": "large room p95, ms",
        },
    ),
    "machines": (
        ("what",),
        {
            "cpu_us": "CPU, µs",
            "database_us": "PostgreSQL's, µs",
            "per_s": "a second",
            "p50_ms": "median, ms",
            "p99_ms": "p99, ms",
        },
    ),
}
"""Of each scenario: what tells its rows apart, and what is shown of them."""


PICTURES = {"fan_out": ("cost", "latency"), "growth": ("growth",)}
"""The plots that stand under a scenario's table."""


def write(results: Figures) -> None:
    """Put the tables and verdicts between their marks in the page, and draw the plots beside it."""
    parts = {name: table(name, results[name]) + pictures(name) for name in COLUMNS if name in results}
    parts |= {"machine": machine(results["machine"]), "verdicts": verdicts(results)}
    put(parts)
    for name, plot in plots(results).items():
        (DOCS / f"performance-{name}.svg").write_text(plot)


def put(parts: dict[str, str], page: Path = DOCS / "performance.md") -> None:
    """Write each of these between its marks in a page of the documents."""
    text = page.read_text()
    for name, part in parts.items():
        marks = re.compile(rf"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.S)
        text = marks.sub(lambda _, part=part: f"\n{part}\n\n", text)  # type: ignore[misc]
    page.write_text(text)


def pictures(scenario: str) -> str:
    return "".join(f"\n\n![{name}](performance-{name}.svg)" for name in PICTURES.get(scenario, ()))


def machine(about: dict[str, str]) -> str:
    return (
        f"Measured on {about['when']} at commit {about['commit']}: {about['cpu']}, {about['cores']} cores, "
        f"Linux {about['kernel']}, Python {about['python']}; the server on one core, the generator on another."
    )


def verdicts(results: Figures) -> str:
    """Each target, and what was measured."""
    found = targets.judge(results)
    return markdown(
        ("target", "wanted", "measured", ""),
        [(t.name, t.wanted, t.measured, "met" if t.met else "**missed**") for t in found],
    )


def table(scenario: str, rows: Sequence[Figures]) -> str:
    """The medians of a scenario's rounds."""
    keys, columns = COLUMNS[scenario]
    shown = [
        (*(str(value) for value in group), *(number(median(rows_of, column)) for column in columns))
        for group, rows_of in grouped(rows, keys).items()
    ]
    return markdown((*keys, *columns.values()), shown)


def grouped(rows: Iterable[Figures], keys: Sequence[str]) -> dict[tuple[Any, ...], list[Figures]]:
    groups: dict[tuple[Any, ...], list[Figures]] = {}
    for row in rows:
        groups.setdefault(tuple(row[key] for key in keys), []).append(row)
    return groups


def median(rows: Sequence[Figures], column: str) -> float | None:
    """Of a column, or of one within another: `pages.p95_ms`."""
    values = [value for row in rows if (value := within(row, column)) is not None]
    return statistics.median(values) if values else None


def within(row: Figures, column: str) -> Any:
    value: Any = row
    for name in column.split("."):
        value = value.get(name) if value else None
    return value


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plots(results: Figures) -> dict[str, str]:
    """The pictures, by name."""
    by_size = grouped(results["fan_out"], ("windows", "side"))
    sizes = sorted({size for size, _ in by_size})
    sides = list(dict.fromkeys(side for _, side in by_size))

    def of(column: str) -> dict[str, list[float | None]]:
        return {side: [median(by_size.get((size, side), []), column) for size in sizes] for side in sides}

    heads = [f"{size:,} windows" for size in sizes]
    grown = grouped(results["growth"], ("side", "what"))
    names = list(dict.fromkeys(side for side, _ in grown))
    whats = ("idle poll", "one message")
    return {
        "cost": bars("CPU for one delivered copy, in microseconds", heads, of("cpu_us")),
        "latency": bars("From the post to the copy, 99 of 100 within, in milliseconds", heads, of("p99_ms")),
        "growth": bars(
            "CPU for one answer, in microseconds, as the log and the rooms grow",
            names,
            {what: [median(grown[name, what], "cpu_us") for name in names] for what in whats},
        ),
    }
