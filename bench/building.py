"""`dbt build` through the platform, beside dbt by itself: first, and after new records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.arrivals import new_spell, send_corrections, send_event
from bench.bare_dbt import by_command_line
from bench.bed import Bed, work
from bench.county import landed, landed_rows
from bench.figures import Aim, Figure, alternate, median
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform.run import EVERYTHING, following

NO_SLOWER = (Aim(1.2, is_least=False, of_ratio=True),)
TITLE = "Build: the platform beside dbt's own runner and command line, same data, same nodes"


def measure(bed: Bed) -> list[Figure]:
    """Seconds of the first build, and of builds after one record and after many corrections."""
    many = bed.sized(10_000, 300)
    with landed(bed) as platform, landed(bed) as runner, landed(bed) as shell:
        ways = (platform, runner, shell)
        bed.say("building for the first time")
        figures = _beside(
            f"first build, {landed_rows(platform):,} records", _build(ways, EVERYTHING)
        )
        bed.say("building after one record")
        taken = []
        for _ in range(bed.sized(3, 1)):
            _arrive(ways, lambda: send_event(platform, new_spell(bed)))
            taken.append(_build(ways, following(["employment"])))
        middle = [median(seconds) for seconds in zip(*taken, strict=True)]
        figures += _beside("after 1 record", middle)
        bed.say("building after many corrections")
        _arrive(ways, lambda: send_corrections(bed, platform, many))
        return figures + _beside(
            f"after {many:,} corrections", _build(ways, following(load_contracts()))
        )


def _build(ways: Sequence[Settings], command: list[str]) -> list[float]:
    """Seconds of the three ways, each in a process of its own; dbt's imports count in the last."""
    platform, runner, shell = ways
    return alternate(
        1,
        lambda: float(work(platform, "build")["seconds"]),
        lambda: float(work(runner, "bare_build", *command)["seconds"]),
        lambda: by_command_line(shell, command),
    )


def _beside(title: str, seconds: Sequence[float]) -> list[Figure]:
    platform, runner, shell = seconds
    return [
        Figure(title, platform, "s", "dbt in process", runner, NO_SLOWER),
        Figure("  and its command line", platform, "s", "dbt command", shell),
    ]


def _arrive(ways: Sequence[Settings], send: Callable[[], object]) -> None:
    """Let records arrive and land in all three warehouses."""
    send()
    for settings in ways:
        for stream in load_contracts():
            load(settings, stream)
