"""A series as a small SVG line: values, the expected path, and the latest value."""

from __future__ import annotations

from decimal import Decimal

from markupsafe import Markup

from livelihood.escaping import for_html
from livelihood.scorecard.model import TargetCard
from livelihood.scorecard.wording import format_value

WIDTH, HEIGHT, MARGIN = 132, 34, 4
Coordinates = tuple[float, float]


def sparkline(target: TargetCard) -> Markup:
    """Return an SVG element with a description for screen readers; empty without any value."""
    series = target.series
    measured = [point for point in series if point.value is not None]
    if not measured:
        return Markup("")
    levels = [v for point in series for v in (point.value, point.expected_value) if v is not None]
    scale = min(levels), max(levels)
    values = _coordinates([point.value for point in series], scale)
    expected = _coordinates([point.expected_value for point in series], scale)
    x, y = next(point for point in reversed(values) if point is not None)
    label = " → ".join(
        f"{point.period_month:%Y-%m} {format_value(point.value, target.unit)}"
        for point in (measured[0], measured[-1])
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {width} {height}" role="img" '
        'aria-label="{label}"><title>{label}</title>{lines}'
        '<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="{status}"/></svg>'
    ).format(
        width=WIDTH,
        height=HEIGHT,
        label=for_html(label),
        lines=_lines(expected, "expected") + _lines(values, "value"),
        x=x,
        y=y,
        status=target.status,
    )


def _coordinates(
    values: list[Decimal | None], scale: tuple[Decimal, Decimal]
) -> list[Coordinates | None]:
    low, high = scale
    steps = len(values) - 1
    coordinates: list[Coordinates | None] = []
    for index, value in enumerate(values):
        if value is None:
            coordinates.append(None)
            continue
        x = MARGIN + (WIDTH - 2 * MARGIN) * (index / steps if steps else 1)
        share = float((value - low) / (high - low)) if high > low else 0.5
        coordinates.append((x, HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share))
    return coordinates


def _lines(points: list[Coordinates | None], name: str) -> Markup:
    """Draw one polyline per run of months with a value, so that gaps remain visible."""
    runs: list[list[Coordinates]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    line = Markup('<polyline class="{}" points="{}"/>')
    return Markup("").join(
        line.format(name, " ".join(f"{x:.1f},{y:.1f}" for x, y in run))
        for run in runs
        if len(run) > 1
    )
