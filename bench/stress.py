"""Every area's simulated first year in one platform: from an empty warehouse to a release.

A platform looks at one day, here the last that any area is simulated to. The areas whose year lies
earlier have figures to that day as well, of the posts and contributions nobody has ended.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.environment import BenchEnvironment, work
from bench.loader import CONFLUENT
from bench.measurements import Measurement, Threshold, timed
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator import load_profile
from simulator.profile_files import PROFILES_FOLDER
from testkit.county import landed_rows
from testkit.topics import skip_waiting

TITLE = "Stress: the first year of all areas, from an empty warehouse to published"
QUICK_SCALE = 0.005
TEN_MINUTES = (Threshold(600, is_minimum=False),)
STAGES = ("gate", "publish", "alert")


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Seconds of simulating and sending, and then, with all in Kafka, of each stage."""
    areas = sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml"))
    with _empty_platform(environment, max(map(_first_year_ends, areas))) as settings:
        valid_messages = [figure for area in areas for figure in _send(environment, settings, area)]
        began = time.perf_counter()
        loads = [_load(environment, settings, stream) for stream in load_contracts()]
        environment.log("building, judging and publishing all areas")
        stages = work(settings, "monitor")
        whole = time.perf_counter() - began - stages["alert"]
        if stages["release_id"] != 1:
            raise RuntimeError(f"the areas were not published: {stages}")
        title = f"{landed_rows(settings):,} records of {len(areas)} areas, to published"
        built = f"build, {_figures(settings):,} figures"
    return [
        Measurement(title, whole, "s", thresholds=TEN_MINUTES),
        *loads,
        Measurement(f"  {built}", stages["build"], "s"),
        *(Measurement(f"  {stage}", stages[stage], "s") for stage in STAGES),
        *valid_messages,
    ]


@contextmanager
def _empty_platform(environment: BenchEnvironment, as_of: dt.date) -> Iterator[Settings]:
    """A platform in which nothing has landed and nothing waits, as of the last day simulated."""
    with environment.database() as empty, environment.copy(empty) as copied:
        skip_waiting(copied)
        yield copied.model_copy(update={"as_of_date": as_of})


def _figures(settings: Settings) -> int:
    with connect(settings) as connection:
        row = connection.execute("select count(*) from marts.indicator_value").fetchone()
    return int(row[0]) if row else 0


def _first_year_ends(area: str) -> dt.date:
    return load_profile(area).starts_on.replace(month=12, day=31)


def _send(environment: BenchEnvironment, settings: Settings, area: str) -> list[Measurement]:
    """Simulate a year and send it, in a process that gives its memory back."""
    environment.log(f"simulating and sending {area}")
    scale = QUICK_SCALE if environment.is_short else 1.0
    done = work(settings, "send_area", area, _first_year_ends(area).isoformat(), str(scale))
    title = f"before the clock: {area}, {done['records']:,} records"
    return [
        Measurement(f"{title}, simulating", done["simulating"], "s"),
        Measurement(f"{title}, sending", done["sending"], "s"),
    ]


def _load(environment: BenchEnvironment, settings: Settings, stream: str) -> Measurement:
    environment.log(f"loading {stream} of all areas")
    seconds, done = timed(lambda: work(settings, "load", stream, CONFLUENT))
    return Measurement(
        f"  load {stream}, {done['records']:,} records, process included", seconds, "s"
    )
