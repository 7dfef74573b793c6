"""Gate: every check over all that has landed, as before the very first release."""

from __future__ import annotations

from bench.bed import Bed, work
from bench.county import landed, landed_rows
from bench.figures import Aim, Figure, median, timed
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.warehouse import connect

TITLE = "Gate: all checks"
QUICK_ENOUGH = (Aim(10, is_least=False),)


def measure(bed: Bed) -> list[Figure]:
    """Seconds of the gate, beside one plain count of the rows it judges."""
    with landed(bed) as settings:
        bed.say("building the candidate to be judged")
        work(settings, "build")
        bed.say("judging it")
        runs = [work(settings, "gate") for _ in range(bed.sized(3, 1))]
        seconds = median([run["seconds"] for run in runs])
        title = f"{runs[0]['checks']} checks, {landed_rows(settings):,} landed rows"
        scan = median([timed(lambda: _scan(settings))[0] for _ in runs])
    return [Figure(title, seconds, "s", "one scan", scan, QUICK_ENOUGH)]


def _scan(settings: Settings) -> None:
    """Read every landed row once; no check could be quicker."""
    with connect(settings) as connection:
        for stream in load_contracts():
            connection.execute(f"select count(recorded_at) from landing.{stream}".encode())
