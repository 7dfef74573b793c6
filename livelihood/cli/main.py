"""Puts the commands together; an error meant for the user ends in one sentence and exit code 1."""

from __future__ import annotations

import logging
import sys

import typer

from livelihood.cli import maintenance, offsets, queries, stack, stages
from livelihood.errors import LivelihoodError
from livelihood.logs import configure
from livelihood.settings import get_settings

logger = logging.getLogger(__name__)

app = typer.Typer(
    name="livelihood",
    help="Livelihood 民生监测: what livelihood plans promise, monitored from records.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (stack, stages, offsets, queries, maintenance):
    module.register(app)


def main() -> None:
    """Run the command line."""
    settings = get_settings()
    configure(settings)
    try:
        app()
    except LivelihoodError as error:
        if settings.log_format == "json":
            logger.error("%s", error)
        else:
            typer.secho(f"livelihood: {error}", fg=typer.colors.RED, err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        typer.secho("livelihood: stopped; what was committed stays", err=True)
        sys.exit(130)
