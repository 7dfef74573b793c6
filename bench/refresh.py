"""A build after 10,000 changed records, on a base of one, three and ten million of them.

The changed records are the same at every size, and so are their townships and months. The base
grows in two ways: by other townships and earlier months, in which nothing changes, and by more
records in the townships and months that change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.corrections import send_corrections, send_last_month
from bench.environment import BenchEnvironment, work
from bench.growth import grow_by_regions, grow_by_rows
from bench.measurements import Measurement, Threshold
from livelihood.settings import Settings
from testkit.county import landed, landed_rows
from testkit.databases import vacuum
from testkit.platforms import load_all

TITLE = "Refresh: a build after 10,000 changed records, as the base grows"
# Multiples of the simulated county, which has somewhat more than a million records.
TIMES, QUICK_TIMES = (1, 3, 9), (1, 3)
# How the base grows, and the maximum ratio of a build on the largest base to one on the smallest.
GROWTHS: dict[str, tuple[Callable[[Settings, int], None], float]] = {
    "more regions and months": (grow_by_regions, 1.3),
    "more rows per key": (grow_by_rows, 2.0),
}


@dataclass(frozen=True)
class BuildTimes:
    """Seconds on a base of `records`: a full build, and builds after two kinds of changes."""

    records: int
    full: float
    last_month: float
    all_months: float

    def measurements(self, growth: str) -> list[Measurement]:
        """Compare each of the two builds with a full build of the same base."""
        title = f"{growth}, {self.records:,}: changes of"
        return [
            Measurement(f"{title} a month", self.last_month, "s", "full build", self.full),
            Measurement(f"{title} all months", self.all_months, "s", "full build", self.full),
        ]


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure each size and growth, and compare the largest base with the smallest."""
    sizes = QUICK_TIMES if environment.is_short else TIMES
    smallest = _measured(environment, grow_by_rows, sizes[0], "the county itself")
    measurements = smallest.measurements("the county itself")
    for growth, (grow, max_ratio) in GROWTHS.items():
        larger = [_measured(environment, grow, times, growth) for times in sizes[1:]]
        measurements += [measurement for one in larger for measurement in one.measurements(growth)]
        measurements += _compared(growth, smallest, larger[-1], max_ratio)
    return measurements


def _measured(
    environment: BenchEnvironment, grow: Callable[[Settings, int], None], times: int, growth: str
) -> BuildTimes:
    """Build a base of this size from scratch, then after either kind of changes."""
    count = environment.sized(10_000, 300)
    with _grown(environment, grow, times) as settings:
        records = landed_rows(settings)
        environment.log(f"{growth}: building {records:,} records from scratch, then after changes")
        full = _build_seconds(settings)
        vacuum(settings)
        send_last_month(environment, settings, count)
        last_month = _loaded_and_built(settings)
        send_corrections(environment, settings, count)
        return BuildTimes(records, full, last_month, _loaded_and_built(settings))


@contextmanager
def _grown(
    environment: BenchEnvironment, grow: Callable[[Settings, int], None], times: int
) -> Iterator[Settings]:
    with landed(environment) as settings:
        environment.log(f"enlarging the base to {times} times the county")
        grow(settings, times)
        yield settings


def _loaded_and_built(settings: Settings) -> float:
    load_all(settings)
    return _build_seconds(settings)


def _build_seconds(settings: Settings) -> float:
    return float(work(settings, "build")["seconds"])


def _compared(
    growth: str, smallest: BuildTimes, largest: BuildTimes, max_ratio: float
) -> list[Measurement]:
    baseline = f"{smallest.records:,}"
    thresholds = (Threshold(max_ratio, is_minimum=False, of_ratio=True),)
    return [
        Measurement(f"  {growth}, {changes}", seconds, "s", baseline, of_smallest, thresholds)
        for changes, seconds, of_smallest in (
            ("a month", largest.last_month, smallest.last_month),
            ("all months", largest.all_months, smallest.all_months),
        )
    ]
