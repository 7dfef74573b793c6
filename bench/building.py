"""`dbt build` through the platform and through dbt alone: first build, and after new records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.bare_dbt import by_command_line
from bench.corrections import send_corrections
from bench.environment import BenchEnvironment, work
from bench.measurements import Measurement, Threshold, alternate, median
from livelihood.contracts import load_contracts
from livelihood.settings import Settings
from livelihood.transform.run import FULL_BUILD, select_downstream
from testkit.county import landed, landed_rows
from testkit.platforms import load_all
from testkit.simulated_messages import new_spell, send_spell

NO_SLOWER = (Threshold(1.2, is_minimum=False, of_ratio=True),)
TITLE = "Build: the platform compared with dbt's own runner and command line, same data, same nodes"


def measure(environment: BenchEnvironment) -> list[Measurement]:
    """Measure the first build, and builds after one record and after many corrections."""
    corrections = environment.sized(10_000, 300)
    with (
        landed(environment) as platform,
        landed(environment) as runner,
        landed(environment) as shell,
    ):
        warehouses = (platform, runner, shell)
        environment.log("building for the first time")
        measurements = _compared(
            f"first build, {landed_rows(platform):,} records", _build(warehouses, FULL_BUILD)
        )
        environment.log("building after one record")
        rounds = []
        for _ in range(environment.sized(3, 1)):
            _arrive(warehouses, lambda: send_spell(platform, new_spell(environment)))
            rounds.append(_build(warehouses, select_downstream(["employment"])))
        medians = [median(seconds) for seconds in zip(*rounds, strict=True)]
        measurements += _compared("after 1 record", medians)
        environment.log("building after many corrections")
        _arrive(warehouses, lambda: send_corrections(environment, platform, corrections))
        return measurements + _compared(
            f"after {corrections:,} corrections",
            _build(warehouses, select_downstream(load_contracts())),
        )


def _build(warehouses: Sequence[Settings], command: list[str]) -> list[float]:
    """Return the seconds of platform, dbt runner and dbt command, each in a process of its own.

    The imports of dbt count for the command only.
    """
    platform, runner, shell = warehouses
    return alternate(
        1,
        lambda: float(work(platform, "build")["seconds"]),
        lambda: float(work(runner, "bare_build", *command)["seconds"]),
        lambda: by_command_line(shell, command),
    )


def _compared(title: str, seconds: Sequence[float]) -> list[Measurement]:
    platform, runner, shell = seconds
    return [
        Measurement(title, platform, "s", "dbt in process", runner, NO_SLOWER),
        Measurement("  and its command line", platform, "s", "dbt command", shell),
    ]


def _arrive(warehouses: Sequence[Settings], send: Callable[[], object]) -> None:
    """Send records and load them into all three warehouses."""
    send()
    for settings in warehouses:
        load_all(settings)
