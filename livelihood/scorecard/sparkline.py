"""A series as a small SVG line: figures, the expected path, and the latest point."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from livelihood.scorecard.model import TargetCard
from livelihood.scorecard.wording import format_value

WIDTH, HEIGHT, MARGIN = 132, 34, 4


def sparkline(target: TargetCard) -> str:
    """An SVG element, described in words for those who cannot see it; empty without figures."""
    points = target.series
    levels = [v for point in points for v in (point.value, point.expected_value) if v is not None]
    known = [point for point in points if point.value is not None]
    if not known:
        return ""
    low, high = min(levels), max(levels)
    count = len(points)
    placed = [_place(n, count, point.value, low, high) for n, point in enumerate(points)]
    expected = [_place(n, count, point.expected_value, low, high) for n, point in enumerate(points)]
    last = next(place for place in reversed(placed) if place is not None)
    label = (
        f"{known[0].period_month:%Y-%m} {format_value(known[0].value, target.unit)} → "
        f"{known[-1].period_month:%Y-%m} {format_value(known[-1].value, target.unit)}"
    )
    return (
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(label)}"><title>{escape(label)}</title>'
        f"{_lines(expected, 'expected')}{_lines(placed, 'value')}"
        f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="3" class="{target.status}"/></svg>'
    )


Place = tuple[float, float] | None


def _place(place: int, count: int, value: Decimal | None, low: Decimal, high: Decimal) -> Place:
    if value is None:
        return None
    x = MARGIN + (WIDTH - 2 * MARGIN) * (place / (count - 1) if count > 1 else 1)
    share = float((value - low) / (high - low)) if high > low else 0.5
    return x, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share


def _lines(places: list[Place], name: str) -> str:
    """One polyline for each run of months that have a figure: gaps stay gaps."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return "".join(
        f'<polyline class="{name}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}"/>'
        for run in runs
        if len(run) > 1
    )
