"""The command line of the measurements: all sections, or those named."""

from __future__ import annotations

import importlib
import os
import time
from typing import Annotated

import typer
from rich.console import Console

from bench.bed import Bed, made_bed
from bench.figures import Figure, show, timed

SECTIONS = (
    "loader",
    "sinks",
    "clients",
    "producer",
    "dbt",
    "touched",
    "gate",
    "idle",
    "publish",
    "latency",
)
# They take long: measured only when they are named.
LONG = ("memory", "refresh", "queries", "soak", "stress")
MODULES = {"dbt": "bench.building"}
# Lines are not broken, on a terminal or in a file.
WIDTH = 170


def main(
    sections: Annotated[
        list[str] | None,
        typer.Argument(help=f"Any of: {', '.join(SECTIONS)} (all by default), {', '.join(LONG)}."),
    ] = None,
    quick: Annotated[
        bool, typer.Option(help="Small and rough: shows that it works, not how fast.")
    ] = False,
) -> None:
    """Measure how fast the platform is, side by side with what it could be at best."""
    if unknown := [name for name in sections or () if name not in SECTIONS + LONG]:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(SECTIONS + LONG)}")
    chosen = [name for name in SECTIONS + LONG if name in (sections or SECTIONS)]
    console = Console(width=WIDTH)
    began = time.monotonic()
    console.print(
        f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start; the load "
        "beside a figure is the average of the last minute when it was taken\n",
        highlight=False,
    )
    with made_bed(console, quick=quick, named=frozenset(sections or ())) as bed:
        figures = [figure for name in chosen for figure in _section(bed, name)]
    console.print(f"{time.monotonic() - began:.0f} s", highlight=False)
    if quick:
        console.print("quick sizes: this shows that it works, not how fast it is")
        return
    missed = [figure.title.strip() for figure in figures if not figure.is_met]
    if missed:
        console.print(f"[red]{len(missed)} missed their aim[/red]: {'; '.join(missed)}")


def _section(bed: Bed, name: str) -> list[Figure]:
    module = importlib.import_module(MODULES.get(name, f"bench.{name}"))
    seconds, figures = timed(lambda: list[Figure](module.measure(bed)))
    show(bed.console, module.TITLE, figures, judged=not bed.quick)
    bed.say(f"{name} took {seconds:.0f} s")
    return figures


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
