"""A build after 10,000 changed records, on a base of one, three and ten million of them.

The changed records are the same at every size, and so are the townships and months they touch. The
base grows in two ways: by other townships and earlier months, of which nothing is touched, and by
more records in the townships and months that are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.corrections import send_corrections, send_last_month
from bench.environment import BenchEnvironment, work
from bench.growth import grow_by_regions, grow_by_rows
from bench.measurements import Measurement, Threshold
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.county import landed, landed_rows

TITLE = "Refresh: a build after 10,000 changed records, as the base grows"
# Times the simulated county, which has somewhat more than a million records.
TIMES, QUICK_TIMES = (1, 3, 9), (1, 3)
# How the base grows, and how many times the build on the smallest one on the largest may take.
WAYS: dict[str, tuple[Callable[[Settings, int], None], float]] = {
    "more regions and months": (grow_by_regions, 1.3),
    "more rows per key": (grow_by_rows, 2.0),
}


@dataclass(frozen=True)
class Measured:
    """Seconds on a base of so many records: built anew, and after two kinds of changes."""

    records: int
    full: float
    last_month: float
    all_months: float

    def figures(self, way: str) -> list[Measurement]:
        """The two builds, each beside a full rebuild of the same base."""
        title = f"{way}, {self.records:,}: changes of"
        return [
            Measurement(f"{title} a month", self.last_month, "s", "full rebuild", self.full),
            Measurement(f"{title} all months", self.all_months, "s", "full rebuild", self.full),
        ]


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Seconds per size and way of growing; then the largest base beside the smallest."""
    sizes = QUICK_TIMES if environment.is_short else TIMES
    smallest = _measured(environment, grow_by_rows, sizes[0], "the county itself")
    figures = smallest.figures("the county itself")
    for way, (grow, at_most) in WAYS.items():
        larger = [_measured(environment, grow, times, way) for times in sizes[1:]]
        figures += [figure for one in larger for figure in one.figures(way)]
        figures += _compared(way, smallest, larger[-1], at_most)
    return figures


def _measured(
    environment: BenchEnvironment, grow: Callable[[Settings, int], None], times: int, way: str
) -> Measured:
    """Build a base of this size anew, then after either kind of changes."""
    count = environment.sized(10_000, 300)
    with _grown(environment, grow, times) as settings:
        records = landed_rows(settings)
        environment.log(f"{way}: building {records:,} records anew, then after changes")
        full = _build_seconds(settings)
        _analyze(settings)
        send_last_month(environment, settings, count)
        last_month = _loaded_and_built(settings)
        send_corrections(environment, settings, count)
        return Measured(records, full, last_month, _loaded_and_built(settings))


@contextmanager
def _grown(
    environment: BenchEnvironment, grow: Callable[[Settings, int], None], times: int
) -> Iterator[Settings]:
    with landed(environment) as settings:
        environment.log(f"making the base {times} times the county")
        grow(settings, times)
        yield settings


def _loaded_and_built(settings: Settings) -> float:
    for stream in load_contracts():
        load(settings, stream)
    return _build_seconds(settings)


def _build_seconds(settings: Settings) -> float:
    return float(work(settings, "build")["seconds"])


def _analyze(settings: Settings) -> None:
    """What autovacuum does within a minute."""
    with connect(settings, autocommit=True) as connection:
        connection.execute("vacuum analyze")


def _compared(way: str, smallest: Measured, largest: Measured, at_most: float) -> list[Measurement]:
    beside = f"{smallest.records:,}"
    thresholds = (Threshold(at_most, is_minimum=False, of_ratio=True),)
    return [
        Measurement(f"  {way}, {changes}", seconds, "s", beside, of_smallest, thresholds)
        for changes, seconds, of_smallest in (
            ("a month", largest.last_month, smallest.last_month),
            ("all months", largest.all_months, smallest.all_months),
        )
    ]
