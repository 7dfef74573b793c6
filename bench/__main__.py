"""The command line of the benchmarks: all sections, or those named."""

from __future__ import annotations

import importlib
import os
import time
from typing import Annotated

import typer
from rich.console import Console

from bench.environment import BenchEnvironment, start_environment
from bench.measurements import Measurement, show, timed

SECTIONS = (
    "loader",
    "sinks",
    "clients",
    "producer",
    "dbt",
    "changed",
    "gate",
    "idle",
    "publish",
    "latency",
)
# These take long and are measured only when named.
LONG_SECTIONS = ("memory", "refresh", "queries", "soak", "stress")
MODULES = {
    "clients": "bench.experiments.clients",
    "dbt": "bench.building",
    "sinks": "bench.experiments.sinks",
}
# Lines are not broken, on a terminal or in a file.
WIDTH = 170


def main(
    sections: Annotated[
        list[str] | None,
        typer.Argument(
            help=f"Any of: {', '.join(SECTIONS)} (default: all), {', '.join(LONG_SECTIONS)}."
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option(help="Use small sizes, to check that the benchmarks run.")
    ] = False,
) -> None:
    """Measure the platform's speed, each time next to a baseline in the same run."""
    names = SECTIONS + LONG_SECTIONS
    if unknown := [name for name in sections or () if name not in names]:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(names)}")
    selected = [name for name in names if name in (sections or SECTIONS)]
    console = Console(width=WIDTH)
    began = time.monotonic()
    console.print(
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start; the load of "
        "each measurement is the average of the minute before\n",
        highlight=False,
    )
    with start_environment(console, quick=quick, named=frozenset(sections or ())) as environment:
        measurements = [one for name in selected for one in _measure(environment, name)]
    console.print(f"{time.monotonic() - began:.0f} s", highlight=False)
    if quick:
        console.print("quick sizes: these numbers show that it works, not how fast it is")
        return
    missed = [measurement.title.strip() for measurement in measurements if not measurement.is_met]
    if missed:
        console.print(f"[red]{len(missed)} missed their threshold[/red]: {'; '.join(missed)}")


def _measure(environment: BenchEnvironment, section: str) -> list[Measurement]:
    module = importlib.import_module(MODULES.get(section, f"bench.{section}"))
    seconds, measurements = timed(lambda: list[Measurement](module.measure(environment)))
    show(environment.console, module.TITLE, measurements, are_judged=not environment.is_short)
    environment.log(f"{section} took {seconds:.0f} s")
    return measurements


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
