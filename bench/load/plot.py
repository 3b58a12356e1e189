"""Bar charts as SVG, by hand: a few numbers need no library."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, BAR, GAP, LEFT, TOP, HEIGHT = 720, 26, 28, 16, 78, 200
COLOURS = ("#94a3b8", "#cbd5e1", "#0f766e", "#d97706", "#7c3aed", "#be123c")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#334155}.head{font-weight:600}.n{font-size:11px;text-anchor:middle}"
    ".g{text-anchor:middle}line{stroke:#94a3b8}@media(prefers-color-scheme:dark){text{fill:#e2e8f0}}"
)


def bars(title: str, groups: Sequence[str], series: Mapping[str, Sequence[float | None]]) -> str:
    """Groups of bars, one bar a series; a value that was not measured has none."""
    highest = max(value for values in series.values() for value in values if value is not None)
    step = len(series) * BAR + GAP
    width = max(WIDTH, LEFT * 2 + step * len(groups))
    parts = [f'<text class="head" x="{LEFT}" y="22">{escape(title)}</text>', *legend(list(series))]
    for place, group in enumerate(groups):
        left = LEFT + place * step
        middle = left + (step - GAP) / 2
        parts.append(f'<text class="g" x="{middle:g}" y="{TOP + HEIGHT + 18}">{escape(group)}</text>')
        for number, values in enumerate(series.values()):
            if (value := values[place]) is not None:
                parts += bar(left + number * BAR, value, highest, COLOURS[number])
    floor = TOP + HEIGHT
    parts.append(f'<line x1="{LEFT}" x2="{width - LEFT}" y1="{floor}" y2="{floor}"/>')
    size = f'viewBox="0 0 {width} {floor + 30}" width="{width}" height="{floor + 30}"'
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(title)}">\n'
        f"<style>{STYLE}</style>\n{body}\n</svg>\n"
    )


def bar(left: float, value: float, highest: float, colour: str) -> list[str]:
    height = max(1.0, value / highest * (HEIGHT - 16))
    top = TOP + HEIGHT - height
    shown = f"{value:.0f}" if value >= 10 else f"{value:.1f}"
    return [
        f'<rect x="{left + 2}" y="{top:.1f}" width="{BAR - 4}" height="{height:.1f}" fill="{colour}" rx="2"/>',
        f'<text class="n" x="{left + BAR / 2:g}" y="{top - 4:.1f}">{shown}</text>',
    ]


def legend(names: Sequence[str]) -> list[str]:
    parts, left = [], float(LEFT)
    for name, colour in zip(names, COLOURS, strict=False):
        parts.append(f'<rect x="{left:g}" y="36" width="12" height="12" fill="{colour}" rx="2"/>')
        parts.append(f'<text x="{left + 17:g}" y="47">{escape(name)}</text>')
        left += 36 + 7.2 * len(name)
    return parts
