"""What was measured, and what is told of it."""

from typing import Any

Figures = dict[str, Any]


def spread(times: list[int]) -> Figures:
    """The middle and the worst of some times, in milliseconds."""
    ordered = sorted(times)
    return {
        f"p{percent}_ms": round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] / 1e6, 2)
        for percent in (50, 95, 99)
        if ordered
    }
