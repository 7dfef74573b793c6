"""A run of `monitor` when nothing has landed since the last one."""

from __future__ import annotations

from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, median
from testkit.county import published

TITLE = "Monitor with nothing new (what the tasks import is loaded, as in Airflow's scheduler)"
STAGES = ("build", "gate", "publish", "alert")
FAST_ENOUGH = (Threshold(3, is_minimum=False),)


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure the whole run and each stage."""
    with published(environment) as settings:
        environment.log("monitoring with nothing new")
        runs = [work(settings, "monitor") for _ in range(environment.sized(3, 1))]
    if any(run["is_new"] or run["release_id"] for run in runs):
        raise RuntimeError(f"something was new: {runs}")
    total = median([sum(run[stage] for stage in STAGES) for run in runs])
    parts = [
        Measurement(f"  {stage}", median([run[stage] for run in runs]), "s") for stage in STAGES
    ]
    return [Measurement("whole run", total, "s", thresholds=FAST_ENOUGH), *parts]
