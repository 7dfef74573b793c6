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
    "messages",
    "concurrency",
    "topics",
    "servers",
    "readers",
    "evolution",
    "fuzzing",
    "monitors",
    "receivers",
    "sending",
    "exports",
    "intruders",
    "stack",
    "airflow",
)
# Too long for the short form: Airflow takes half a minute to start. The others have tests of their
# own (tests/services: load, producers, security, infra).
ONLY_LONG = ("airflow", "messages", "exports", "intruders", "stack")
SHORT = tuple(name for name in EXPERIMENTS if name not in ONLY_LONG)
# Exit code if an experiment failed; an error of the harness itself has another.
EXPERIMENT_FAILED = 3
# Lines are not broken, on a terminal or in a file.
WIDTH = 150


def main(
    experiments: Annotated[
        list[str] | None, typer.Argument(help=f"Any of: {', '.join(EXPERIMENTS)}; default: all.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Repeat the faults of the run that printed this seed.")
    ] = None,
    short: Annotated[bool, typer.Option("--short", help="Inject few faults of each kind.")] = False,
    broken: Annotated[
        bool,
        typer.Option(
            "--broken", help="Break copies of the platform; every break must be detected."
        ),
    ] = False,
) -> None:
    """Inject faults, wait until all stages have ended, and compare records sent and stored."""
    if unknown := [name for name in experiments or () if name not in EXPERIMENTS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(EXPERIMENTS)}")
    selected = [
        name for name in EXPERIMENTS if name in (experiments or (SHORT if short else EXPERIMENTS))
    ]
    # Clients log warnings about servers that are killed here.
    logging.disable(logging.WARNING)
    seed = random.randrange(1_000_000_000) if seed is None else seed
    # SIGTERM stops the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    console = Console(width=WIDTH)
    console.print(f"seed {seed}; repeat with --seed {seed}", highlight=False)
    if broken:
        sys.exit(0 if prove(console, seed, EXPERIMENT_FAILED) else 1)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with start_environment(console, seed=seed, short=short) as environment:
        for name in selected:
            outcomes.extend(run(environment, name))
            console.print(f"[dim]{name} finished after {time.monotonic() - began:.0f} s[/dim]")
    show(console, outcomes)
    console.print(f"{time.monotonic() - began:.0f} s", highlight=False)
    sys.exit(0 if all(outcome.is_good for outcome in outcomes) else EXPERIMENT_FAILED)


def run(environment: FaultEnvironment, name: str) -> list[Outcome]:
    """Run one group of experiments and return its outcomes."""
    outcomes: list[Outcome] = importlib.import_module(f"faults.{name}").run(environment)
    return outcomes


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()
