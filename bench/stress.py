"""Every area's simulated first year in one platform: from an empty warehouse to a release.

The as-of date is the last day that any area is simulated to. Areas whose year is earlier have
figures to that day as well, from posts and contributions without an end.
"""

from __future__ import annotations

import datetime as dt
import time

from bench.environment import BenchEnvironment, work
from bench.loader import CONFLUENT
from bench.measurements import Measurement, Threshold, timed
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from simulator import load_profile
from simulator.profile_files import PROFILES_FOLDER
from testkit.county import landed_rows

TITLE = "Stress: the first year of all areas, from an empty warehouse to published"
QUICK_SCALE = 0.005
TEN_MINUTES = (Threshold(600, is_minimum=False),)
STAGES = ("gate", "publish", "alert")


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure simulating and sending, and then, with all records in Kafka, each stage."""
    areas = sorted(path.stem for path in PROFILES_FOLDER.glob("*.yaml"))
    with environment.platform(as_of_date=max(map(_first_year_ends, areas))) as settings:
        preparation = [
            measurement for area in areas for measurement in _send(environment, settings, area)
        ]
        began = time.perf_counter()
        loads = [_load(environment, settings, stream) for stream in load_contracts()]
        environment.log("building, checking and publishing all areas")
        stages = work(settings, "monitor")
        total = time.perf_counter() - began - stages["alert"]
        if stages["release_id"] != 1:
            raise RuntimeError(f"the areas were not published: {stages}")
        title = f"{landed_rows(settings):,} records of {len(areas)} areas, to published"
        built = f"build, {_figures(settings):,} figures"
    return [
        Measurement(title, total, "s", thresholds=TEN_MINUTES),
        *loads,
        Measurement(f"  {built}", stages["build"], "s"),
        *(Measurement(f"  {stage}", stages[stage], "s") for stage in STAGES),
        *preparation,
    ]


def _figures(settings: Settings) -> int:
    with connect(settings) as connection:
        row = connection.execute("select count(*) from marts.indicator_value").fetchone()
    return int(row[0]) if row else 0


def _first_year_ends(area: str) -> dt.date:
    return load_profile(area).starts_on.replace(month=12, day=31)


def _send(environment: BenchEnvironment, settings: Settings, area: str) -> list[Measurement]:
    """Simulate a year and send it, in a process whose memory is freed when it ends."""
    environment.log(f"simulating and sending {area}")
    scale = QUICK_SCALE if environment.is_short else 1.0
    report = work(settings, "send_area", area, _first_year_ends(area).isoformat(), str(scale))
    title = f"not timed: {area}, {report['records']:,} records"
    return [
        Measurement(f"{title}, simulating", report["simulating"], "s"),
        Measurement(f"{title}, sending", report["sending"], "s"),
    ]


def _load(environment: BenchEnvironment, settings: Settings, stream: str) -> Measurement:
    environment.log(f"loading {stream} of all areas")
    seconds, report = timed(lambda: work(settings, "load", stream, CONFLUENT))
    return Measurement(
        f"  load {stream}, {report['records']:,} records, process included", seconds, "s"
    )
