"""Gate: every check over all landed rows, as before the first release."""

from __future__ import annotations

from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, median, timed
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.county import landed, landed_rows

TITLE = "Gate: all checks"
FAST_ENOUGH = (Threshold(10, is_minimum=False),)


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure the gate, compared with one count of the rows it checks."""
    with landed(environment) as settings:
        environment.log("building the candidate")
        work(settings, "build")
        environment.log("running the gate")
        runs = [work(settings, "gate") for _ in range(environment.sized(3, 1))]
        seconds = median([run["seconds"] for run in runs])
        title = f"{runs[0]['checks']} checks, {landed_rows(settings):,} landed rows"
        scan = median([timed(lambda: _scan(settings))[0] for _ in runs])
    return [Measurement(title, seconds, "s", "one scan", scan, FAST_ENOUGH)]


def _scan(settings: Settings) -> None:
    """Read every landed row once, which no check can undercut."""
    with connect(settings) as connection:
        for stream in load_contracts():
            connection.execute(f"select count(recorded_at) from landing.{stream}".encode())
