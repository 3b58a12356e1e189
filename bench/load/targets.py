"""What the project promises of its speed, and whether a run keeps it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from bench.load.figures import Figures

OLD_DEMO_POSTS = 510
"""Durable posts a second of the demo that this chat replaces, on this kind of machine."""
OLD_DEMO_WINDOW_MS = 98.0
"""CPU that one of its windows, which polled every second, took in a minute."""


@dataclass(frozen=True)
class Target:
    """One promise."""

    name: str
    wanted: str
    measured: str
    met: bool


def judge(results: Figures) -> list[Target]:
    """Every target whose scenario was measured."""
    judges: dict[str, Callable[[list[Figures]], Iterable[Target]]] = {
        "polls": polls,
        "fan_out": fan_out,
        "audiences": audiences,
        "held": held,
        "posts": posts,
        "pages": pages,
        "growth": growth,
        "fairness": fairness,
        "machines": machines,
    }
    found = [target for name, judge_of in judges.items() if name in results for target in judge_of(results[name])]
    wrong = sum(row.get("refused", 0) for name in judges for row in results.get(name, ()))
    return [*found, Target("answers other than the one that was measured", "none", f"{wrong}", wrong == 0)]


def of(rows: list[Figures], column: str, **wanted: object) -> float:
    """The median of a column, in the rows that are like this."""
    return median(float(row[column]) for row in rows if all(row.get(key) == value for key, value in wanted.items()))


def at_most(name: str, found: float, limit: float, unit: str) -> Target:
    return Target(name, f"at most {limit:g} {unit}", f"{found:.3g} {unit}", found <= limit)


def polls(rows: list[Figures]) -> Iterable[Target]:
    for headers in ("short", "a browser's"):
        alike = {"what": "idle poll", "headers": headers}
        ratio = of(rows, "cpu_us", side="Chatroom", **alike) / of(rows, "cpu_us", side="floor", **alike)
        yield at_most(f"CPU of an idle poll, {headers} headers", ratio, 2, "x the floor's")


def audiences(rows: list[Figures]) -> Iterable[Target]:
    ratio = of(rows, "cpu_us", side="Chatroom, 8 audiences") / of(rows, "cpu_us", side="Chatroom")
    yield at_most("CPU of a copy in 8 audiences", ratio, 1.05, "x that in one")
    yield at_most("copies lost in 8 audiences", sum(row["lost"] for row in rows), 0, "")


def fan_out(rows: list[Figures]) -> Iterable[Target]:
    for windows, limit in ((1000, 1.8), (5000, 1.5)):
        if not any(row["windows"] == windows for row in rows):
            continue
        ours, floor = ({"windows": windows, "side": side} for side in ("Chatroom", "floor"))
        cpu = of(rows, "cpu_us", **ours) / of(rows, "cpu_us", **floor)
        late = of(rows, "p99_ms", **ours) / of(rows, "p99_ms", **floor)
        yield at_most(f"CPU of a copy, {windows:,} windows", cpu, limit, "x the floor's")
        yield at_most(f"p99 of a copy, {windows:,} windows", late, 2, "x the floor's")
    wrong = sum(row[what] for row in rows for what in ("lost", "doubled", "misordered"))
    yield Target("copies lost, doubled or out of order", "none", f"{wrong}", wrong == 0)


def held(rows: list[Figures]) -> Iterable[Target]:
    share = of(rows, "cpu_ms", side="Chatroom") / OLD_DEMO_WINDOW_MS * 100
    yield at_most("CPU of a waiting window", share, 1, "% of the old demo's")
    more = of(rows, "kib", side="Chatroom") - of(rows, "kib", side="floor")
    yield at_most("memory of a waiting window", more, 12, "KiB more than the floor's")


def posts(rows: list[Figures]) -> Iterable[Target]:
    many = {"side": "Chatroom", "posters": 16}
    rate = of(rows, "per_s", **many)
    wanted = 5 * OLD_DEMO_POSTS
    yield Target("durable posts, 16 posters", f"at least {wanted:,} a second", f"{rate:,.0f} a second", rate >= wanted)
    yield at_most("CPU of a post", of(rows, "cpu_us", **many), 350, "µs")
    alone = of(rows, "p50_ms", side="Chatroom", posters=1)
    commit = of(rows, "p50_ms", side="bare commit")
    yield at_most("a lone poster's wait beyond a bare commit", alone - commit, 5, "ms")
    kept = all(row["stored"] >= row["said"] - row["refused"] for row in rows if "stored" in row)
    yield Target("what was answered is on disk", "all", "all" if kept else "not all", kept)


def pages(rows: list[Figures]) -> Iterable[Target]:
    for what in ("compressed", "plain"):
        yield at_most(f"CPU of a page of 50 messages, {what}", of(rows, "cpu_us", what=what) / 1000, 2, "ms")


def growth(rows: list[Figures]) -> Iterable[Target]:
    for what in ("idle poll", "one message"):
        first, *larger = [
            (side, of(rows, "cpu_us", what=what, side=side)) for side in dict.fromkeys(row["side"] for row in rows)
        ]
        for side, cpu in larger:
            yield at_most(f"{what}, {side} against {first[0]}", abs(cpu / first[1] - 1) * 100, 10, "% apart")


def fairness(rows: list[Figures]) -> Iterable[Target]:
    for row in rows:
        yield at_most(f"page beside the large room, {row['load']}, p95", row["pages"]["p95_ms"], 300, "ms")
        yield at_most(f"small room beside it, {row['load']}, p95", row["small"]["p95_ms"], 300, "ms")


def machines(rows: list[Figures]) -> Iterable[Target]:
    late = of(rows, "p99_ms", what="heard on another process")
    yield at_most("heard on another process, p99", late, 500, "ms")
    lost = sum(row["lost"] for row in rows if "lost" in row)
    yield Target("messages that another process did not hear", "none", f"{lost}", lost == 0)
