"""The command line of the experiments: all of them, or those named; exit code 3 when one fails."""

from __future__ import annotations

import importlib
import logging
import random
import signal
import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from faults.broken.proof import prove
from faults.environment import FaultEnvironment, start_environment
from faults.outcome import Outcome, show

EXPERIMENTS = (
    "loader",
    "concurrency",
    "topics",
    "servers",
    "readers",
    "evolution",
    "fuzzing",
    "monitors",
    "sending",
    "airflow",
)
# Too long for the short form: Airflow alone takes half a minute to start.
ONLY_LONG = ("airflow",)
SHORT = tuple(name for name in EXPERIMENTS if name not in ONLY_LONG)
# The exit code when something was lost, twice or unexpected; an error of the harness is another.
FOUND = 3
# Lines are not broken, on a terminal or in a file.
WIDTH = 150


def main(
    experiments: Annotated[
        list[str] | None, typer.Argument(help=f"Any of: {', '.join(EXPERIMENTS)}; default: all.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Repeat the faults of the run that printed it.")
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="Few faults of each kind.")] = False,
    broken: Annotated[
        bool, typer.Option("--broken", help="Break copies of the platform; all must be found.")
    ] = False,
) -> None:
    """Inject faults, wait until all is quiet, and compare what was sent with what arrived."""
    if unknown := [name for name in experiments or () if name not in EXPERIMENTS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(EXPERIMENTS)}")
    chosen = [n for n in EXPERIMENTS if n in (experiments or (SHORT if short else EXPERIMENTS))]
    # What servers that go away make the clients say is expected here.
    logging.disable(logging.WARNING)
    seed = random.randrange(1_000_000_000) if seed is None else seed
    # Whoever ends this run ends its servers with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console = Console(width=WIDTH)
    console.print(f"seed {seed}; the same again with --seed {seed}", highlight=False)
    if broken:
        sys.exit(0 if prove(console, seed, FOUND) else 1)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with start_environment(console, seed=seed, short=short) as environment:
        for name in chosen:
            outcomes.extend(run(environment, name))
            console.print(f"[dim]{name} done after {time.monotonic() - began:.0f} s[/dim]")
    show(console, outcomes)
    console.print(f"{time.monotonic() - began:.0f} s", highlight=False)
    sys.exit(0 if all(outcome.is_good for outcome in outcomes) else FOUND)


def run(environment: FaultEnvironment, name: str) -> list[Outcome]:
    """The outcomes of one group of experiments."""
    outcomes: list[Outcome] = importlib.import_module(f"faults.{name}").run(environment)
    return outcomes


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
