"""Gate: every check over all that has landed, as before the very first release."""

from __future__ import annotations

from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, median, timed
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.county import landed, landed_rows

TITLE = "Gate: all checks"
QUICK_ENOUGH = (Threshold(10, is_minimum=False),)


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Seconds of the gate, beside one plain count of the rows it judges."""
    with landed(environment) as settings:
        environment.log("building the candidate to be judged")
        work(settings, "build")
        environment.log("judging it")
        runs = [work(settings, "gate") for _ in range(environment.sized(3, 1))]
        seconds = median([run["seconds"] for run in runs])
        title = f"{runs[0]['checks']} checks, {landed_rows(settings):,} landed rows"
        scan = median([timed(lambda: _scan(settings))[0] for _ in runs])
    return [Measurement(title, seconds, "s", "one scan", scan, QUICK_ENOUGH)]


def _scan(settings: Settings) -> None:
    """Read every landed row once; no check could be quicker."""
    with connect(settings) as connection:
        for stream in load_contracts():
            connection.execute(f"select count(recorded_at) from landing.{stream}".encode())
