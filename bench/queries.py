"""The analysts' queries of the handbook, on ten million records and a hundred releases.

They read `published`, whose size is months times regions times indicators, and versions of those.
The county is therefore copied to other townships and earlier months until it has ten million
records, and released a hundred times, each time with one figure in a hundred changed: as many
current rows and versions as that many builds would have left.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from bench.environment import BenchEnvironment, work
from bench.growth import grow_by_regions
from bench.measurements import Measurement, Threshold, median, timed
from bench.publish import make_changeable, release_seconds
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect
from testkit.county import landed, landed_rows

TITLE = "Queries: those of docs/analysts.md, as analysts and caseworkers ask them"
HANDBOOK = ROOT / "docs" / "analysts.md"
QUERY = re.compile(r"^### (.+?)$(?:(?!^#).)*?^```sql\n(.+?)^```$", re.MULTILINE | re.DOTALL)
FAST_ENOUGH = (Threshold(200, is_minimum=False),)
SLOWEST_SHOWN = 5
CHANGED_SHARE = 0.01


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure the 95th percentile over all queries and rounds, and the slowest queries."""
    with _many_releases(environment) as (settings, title):
        environment.log("querying")
        results = _ask(settings, environment.sized(20, 3))
    milliseconds = [value for values in results.values() for value in values]
    medians = sorted(((median(values), name) for name, values in results.items()), reverse=True)
    percentile = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    return [
        Measurement(
            f"95th percentile, {len(results)} queries, {title}",
            percentile,
            "ms",
            thresholds=FAST_ENOUGH,
        ),
        *(
            Measurement(f"  {name}", value, "ms", thresholds=FAST_ENOUGH)
            for value, name in medians[:SLOWEST_SHOWN]
        ),
    ]


def handbook_queries() -> dict[str, str]:
    """Return the queries of the handbook by their heading."""
    return dict(QUERY.findall(HANDBOOK.read_text(encoding="utf-8")))


@contextmanager
def _many_releases(environment: BenchEnvironment) -> Iterator[tuple[Settings, str]]:
    """Yield a platform with that many records and releases, and their numbers as a title."""
    releases = environment.sized(100, 5)
    with landed(environment) as settings:
        environment.log("enlarging the base, building and publishing it")
        grow_by_regions(settings, environment.sized(9, 2))
        if work(settings, "monitor")["release_id"] != 1:
            raise RuntimeError("the larger base was not published")
        environment.log(f"releasing it {releases} times")
        make_changeable(settings, "indicator_value")
        make_changeable(settings, "target_progress")
        for _ in range(1, releases):
            release_seconds(settings, CHANGED_SHARE, ("indicator_value", "target_progress"))
        with connect(settings, autocommit=True) as connection:
            connection.execute("vacuum analyze")
            title = f"{landed_rows(settings):,} records, {_newest(connection)} releases"
        yield settings, title


def _newest(connection: psycopg.Connection) -> int:
    row = connection.execute("select max(release_id) from published.release").fetchone()
    return int(row[0]) if row else 0


def _ask(settings: Settings, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of each query by name.

    The queries alternate. The first round warms the caches and does not count.
    """
    queries = handbook_queries()
    results: dict[str, list[float]] = {name: [] for name in queries}
    with (
        connect(settings, autocommit=True, role="analyst") as analyst,
        connect(settings, autocommit=True, role="caseworker") as caseworker,
    ):
        for turn in range(rounds + 1):
            for name, query in queries.items():
                reader = caseworker if "published.action_list" in query else analyst
                seconds = _seconds(reader, query)
                if turn > 0:
                    results[name].append(1000 * seconds)
    return results


def _seconds(connection: psycopg.Connection, query: str) -> float:
    """Return the seconds until the last row was received."""
    return timed(lambda: connection.execute(query.encode()).fetchall())[0]
