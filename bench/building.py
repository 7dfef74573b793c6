"""`dbt build` through the platform, beside dbt by itself: first, and after new records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.bare_dbt import by_command_line
from bench.corrections import send_corrections
from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, alternate, median
from livelihood.contracts import load_contracts
from livelihood.load import load
from livelihood.settings import Settings
from livelihood.transform.run import FULL_BUILD, select_downstream
from testkit.county import landed, landed_rows
from testkit.simulated_messages import new_spell, send_spell

NO_SLOWER = (Threshold(1.2, is_minimum=False, of_ratio=True),)
TITLE = "Build: the platform beside dbt's own runner and command line, same data, same nodes"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Seconds of the first build, and of builds after one record and after many corrections."""
    many = environment.sized(10_000, 300)
    with (
        landed(environment) as platform,
        landed(environment) as runner,
        landed(environment) as shell,
    ):
        ways = (platform, runner, shell)
        environment.log("building for the first time")
        figures = _beside(
            f"first build, {landed_rows(platform):,} records", _build(ways, FULL_BUILD)
        )
        environment.log("building after one record")
        taken = []
        for _ in range(environment.sized(3, 1)):
            _arrive(ways, lambda: send_spell(platform, new_spell(environment)))
            taken.append(_build(ways, select_downstream(["employment"])))
        middle = [median(seconds) for seconds in zip(*taken, strict=True)]
        figures += _beside("after 1 record", middle)
        environment.log("building after many corrections")
        _arrive(ways, lambda: send_corrections(environment, platform, many))
        return figures + _beside(
            f"after {many:,} corrections", _build(ways, select_downstream(load_contracts()))
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


def _beside(title: str, seconds: Sequence[float]) -> list[Measurement]:
    platform, runner, shell = seconds
    return [
        Measurement(title, platform, "s", "dbt in process", runner, NO_SLOWER),
        Measurement("  and its command line", platform, "s", "dbt command", shell),
    ]


def _arrive(ways: Sequence[Settings], send: Callable[[], object]) -> None:
    """Let records arrive and land in all three warehouses."""
    send()
    for settings in ways:
        for stream in load_contracts():
            load(settings, stream)
