"""The command line `livelihood`, put together from its modules.

Every error meant for the user is one line ``livelihood: …`` on stderr. Exit codes: 0 done, 1 an
error, 2 a wrong command line or a state that needs attention (gate closed, platform not healthy),
3 some rows were rejected, 130 interrupted.
"""

from __future__ import annotations

import logging
import sys

import typer

from livelihood.cli import (
    maintenance,
    offsets,
    quarantine,
    queries,
    send,
    simulate,
    sources,
    stack,
    stages,
)
from livelihood.errors import LivelihoodError
from livelihood.logs import configure
from livelihood.private_files import restrict_new_files
from livelihood.settings import get_settings
from livelihood.terminal import echo, replace_unencodable

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130

logger = logging.getLogger(__name__)

app = typer.Typer(
    name="livelihood",
    help="Livelihood 民生监测: what livelihood plans promise, monitored from records.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback with local variables would show identity numbers.
    pretty_exceptions_enable=False,
)
for module in (stack, send, simulate, stages, offsets, quarantine, sources, queries, maintenance):
    module.register(app)


def main() -> None:
    """Run the command line."""
    log_format = "text"
    replace_unencodable()
    restrict_new_files()
    try:
        settings = get_settings()
        log_format = settings.log_format
        configure(settings)
        app()
    except LivelihoodError as error:
        if log_format == "json":
            logger.error("%s", error)
        else:
            echo(f"livelihood: {error}", colour="red", err=True)
        sys.exit(EXIT_ERROR)
    except UnicodeEncodeError as error:
        # Python passes undecodable bytes on as lone surrogates, which nothing else accepts. Text
        # that is no argument may be a record.
        shown = repr(error.object) if error.object in sys.argv else "a text"
        echo(f"livelihood: {shown} is not valid UTF-8", colour="red", err=True)
        sys.exit(EXIT_ERROR)
    except SystemExit as ending:
        # Typer turns an interrupt into this exit code.
        if ending.code == EXIT_INTERRUPTED:
            echo("livelihood: stopped; what was committed stays", err=True)
        raise
