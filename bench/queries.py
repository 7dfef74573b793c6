"""The analysts' queries of the handbook, on ten million records and a hundred releases.

What they read is `published`, whose size is months times regions times indicators, and versions of
those. So the county is copied to other townships and earlier months until it has ten million
records, and released a hundred times, each time with one figure in a hundred changed: as many
current rows, and as many versions, as that many builds would have left.
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
AT_ONCE = (Threshold(200, is_minimum=False),)
SLOWEST = 5
SHARE = 0.01


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """The 95th percentile over all queries and rounds, and the slowest queries."""
    with _much_published(environment) as (settings, title):
        environment.log("asking")
        taken = _ask(settings, environment.sized(20, 3))
    all_ = [milliseconds for values in taken.values() for milliseconds in values]
    medians = sorted(((median(values), name) for name, values in taken.items()), reverse=True)
    whole = statistics.quantiles(all_, n=20, method="inclusive")[-1]
    return [
        Measurement(
            f"95th percentile, {len(taken)} queries, {title}", whole, "ms", thresholds=AT_ONCE
        ),
        *(
            Measurement(f"  {name}", value, "ms", thresholds=AT_ONCE)
            for value, name in medians[:SLOWEST]
        ),
    ]


def handbook_queries() -> dict[str, str]:
    """The queries of the handbook by their heading."""
    return dict(QUERY.findall(HANDBOOK.read_text(encoding="utf-8")))


@contextmanager
def _much_published(environment: BenchEnvironment) -> Iterator[tuple[Settings, str]]:
    """A platform with that much in it, and how much it is."""
    releases = environment.sized(100, 5)
    with landed(environment) as settings:
        environment.log("making the base larger, building and publishing it")
        grow_by_regions(settings, environment.sized(9, 2))
        if work(settings, "monitor")["release_id"] != 1:
            raise RuntimeError("the larger base was not published")
        environment.log(f"releasing it {releases} times")
        make_changeable(settings, "indicator_value")
        make_changeable(settings, "target_progress")
        for _ in range(1, releases):
            release_seconds(settings, SHARE, ("indicator_value", "target_progress"))
        with connect(settings, autocommit=True) as connection:
            connection.execute("vacuum analyze")
            title = f"{landed_rows(settings):,} records, {_newest(connection)} releases"
        yield settings, title


def _newest(connection: psycopg.Connection) -> int:
    row = connection.execute("select max(release_id) from published.release").fetchone()
    return int(row[0]) if row else 0


def _ask(settings: Settings, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each query, in turn; the first round warms the caches and does not count."""
    queries = handbook_queries()
    taken: dict[str, list[float]] = {name: [] for name in queries}
    with (
        connect(settings, autocommit=True, role="analyst") as analyst,
        connect(settings, autocommit=True, role="caseworker") as caseworker,
    ):
        for turn in range(rounds + 1):
            for name, query in queries.items():
                reader = caseworker if "published.action_list" in query else analyst
                seconds = _seconds(reader, query)
                if turn > 0:
                    taken[name].append(1000 * seconds)
    return taken


def _seconds(connection: psycopg.Connection, query: str) -> float:
    """Until the last row is there."""
    return timed(lambda: connection.execute(query.encode()).fetchall())[0]
