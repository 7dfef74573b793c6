"""The command line `livelihood`, put together from its modules.

Every error meant for the user is one line ``livelihood: …`` on stderr. Exit codes: 0 done, 1 an
error, 2 a wrong command line or a state that needs attention (gate closed, platform not healthy),
3 some rows were rejected, 129, 130 or 143 interrupted, 141 the reader of a pipe has ended.
"""

from __future__ import annotations

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
from livelihood.cli.ending import run_command
from livelihood.logs import configure
from livelihood.settings import get_settings

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
    run_command(_run)


def _run() -> None:
    configure(get_settings())
    app()
