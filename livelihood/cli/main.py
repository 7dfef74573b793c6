"""Puts the commands together; an error meant for the user ends in one sentence and exit code 1."""

from __future__ import annotations

import logging
import sys

import typer

from livelihood.cli import ask, keep, stack, stages
from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings

app = typer.Typer(
    name="livelihood",
    help="Livelihood 民生监测: what livelihood plans promise, monitored from records.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (stack, stages, ask, keep):
    module.register(app)


# Their connections and steps are their own affair as long as all goes well.
_TALKATIVE = ("kafka", "alembic", "great_expectations")


def _log() -> None:
    logging.basicConfig(
        level=get_settings().log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def main() -> None:
    """Run the command line."""
    _log()
    try:
        app()
    except LivelihoodError as error:
        typer.secho(f"livelihood: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.secho("livelihood: stopped; what was committed stays", err=True)
        sys.exit(130)
