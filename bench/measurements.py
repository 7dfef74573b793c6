"""Measurements, the baseline and thresholds they are compared with, and the table they print in."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Result = TypeVar("Result")


@dataclass(frozen=True)
class Threshold:
    """A bound on a measured value, or on its ratio to the baseline."""

    bound: float
    is_minimum: bool
    of_ratio: bool = False

    def is_met(self, value: float, ratio: float | None) -> bool:
        """Return whether the value, or its ratio, is within the bound."""
        compared = ratio if self.of_ratio else value
        if compared is None:
            return False
        return compared >= self.bound if self.is_minimum else compared <= self.bound

    def text(self, unit: str) -> str:
        """Return the bound as it is printed."""
        sign = "≥" if self.is_minimum else "≤"
        return (
            f"{sign} {self.bound:.0%}" if self.of_ratio else f"{sign} {number(self.bound)} {unit}"
        )


@dataclass(frozen=True)
class Measurement:
    """One line of a table; `load_average` is the machine's in the minute before."""

    title: str
    value: float
    unit: str
    baseline: str = ""
    baseline_value: float | None = None
    thresholds: tuple[Threshold, ...] = ()
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def ratio(self) -> float | None:
        """Value divided by the baseline's."""
        return self.value / self.baseline_value if self.baseline_value else None

    @property
    def is_met(self) -> bool:
        """Whether every threshold is met."""
        return all(threshold.is_met(self.value, self.ratio) for threshold in self.thresholds)


def number(value: float) -> str:
    """Format a number with about three significant digits."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def timed(action: Callable[[], Result]) -> tuple[float, Result]:
    """Return the seconds an action took, and its result."""
    began = time.perf_counter()
    result = action()
    return time.perf_counter() - began, result


def alternate(
    rounds: int, *actions: Callable[[], float], between: Callable[[], object] = lambda: None
) -> list[float]:
    """Return the median of what each action returns.

    The actions alternate, so that all of them run under the same load of the machine.
    """
    results: list[list[float]] = [[] for _ in actions]
    for turn in range(rounds):
        # The first action has colder caches, so the order is reversed each round.
        order = range(len(actions)) if turn % 2 == 0 else range(len(actions) - 1, -1, -1)
        for position in order:
            between()
            results[position].append(actions[position]())
    return [median(values) for values in results]


def show(
    console: Console, title: str, measurements: Sequence[Measurement], *, are_judged: bool
) -> None:
    """Print the measurements of a section; quick ones are not judged by their thresholds."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    table.add_column("measurement", no_wrap=True)
    for name in ("measured", "baseline", "ratio", "load"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("threshold", no_wrap=True)
    for measurement in measurements:
        baseline = ""
        if measurement.baseline_value is not None:
            baseline = f"{measurement.baseline} {number(measurement.baseline_value)}"
        table.add_row(
            measurement.title,
            f"{number(measurement.value)} {measurement.unit}",
            baseline,
            _ratio(measurement.ratio),
            f"{measurement.load_average:.1f}",
            ", ".join(_thresholds(measurement, are_judged=are_judged)),
        )
    console.print(table)
    console.print()


def _thresholds(measurement: Measurement, *, are_judged: bool) -> list[str]:
    return [
        _threshold(measurement, threshold) if are_judged else threshold.text(measurement.unit)
        for threshold in measurement.thresholds
    ]


def _threshold(measurement: Measurement, threshold: Threshold) -> str:
    text = threshold.text(measurement.unit)
    is_met = threshold.is_met(measurement.value, measurement.ratio)
    return f"[green]{text}: met[/green]" if is_met else f"[red]{text}: missed[/red]"


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:.0%}" if ratio < 10 else f"{ratio:,.0f} ×"
