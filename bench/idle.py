"""A run of `monitor` when nothing has landed since the last one."""

from __future__ import annotations

from bench.bed import Bed, work
from bench.county import published
from bench.figures import Aim, Figure, median

TITLE = "Monitor with nothing new (what the tasks import is loaded, as in Airflow's scheduler)"
STAGES = ("build", "gate", "publish", "alert")
CHEAP = (Aim(3, is_least=False),)


def measure(bed: Bed) -> list[Figure]:
    """Seconds of the whole run and of each stage."""
    with published(bed) as settings:
        bed.say("monitoring with nothing new")
        runs = [work(settings, "monitor") for _ in range(bed.sized(3, 1))]
    if any(run["is_new"] or run["release_id"] for run in runs):
        raise RuntimeError(f"something was new: {runs}")
    whole = median([sum(run[stage] for stage in STAGES) for run in runs])
    parts = [Figure(f"  {stage}", median([run[stage] for run in runs]), "s") for stage in STAGES]
    return [Figure("whole run", whole, "s", aims=CHEAP), *parts]
