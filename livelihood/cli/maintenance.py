"""Commands about what is kept: backup and restore of the warehouse, and retention."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings

File = Annotated[Path, typer.Argument(help="File of the backup, such as livelihood.dump.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (backup, restore, retain):
        app.command()(command)


def backup(file: File) -> None:
    """Write the warehouse to a file: records, bookkeeping, all releases; nothing has to stop."""
    from infra.local.backup import backup as write_backup

    size = write_backup(get_settings(), file)
    typer.echo(f"backup: {file}, {size / 1e6:,.1f} MB; the token key is not in it")


def restore(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="Replace the whole warehouse.")] = False,
) -> None:
    """Replace the warehouse by a backup, then migrate; loads go on from the offsets in it."""
    from infra.local.backup import restore as read_backup
    from livelihood.warehouse import migrate

    if not yes:
        raise LivelihoodError(
            "all that the warehouse holds now would be replaced: `livelihood backup` it first, "
            "then say --yes"
        )
    settings = get_settings()
    # The readers' roles belong to the server, not to the backup, which grants to them.
    migrate(settings)
    read_backup(settings, file)
    migrate(settings)
    typer.echo("restored; `livelihood run` loads what came since from Kafka and publishes")


def retain(
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove it; without it is only listed.")
    ] = False,
) -> None:
    """List what is past its time by the settings, and with --yes remove it."""
    from livelihood.retention import retain as apply_retention

    removals = apply_retention(get_settings(), apply=yes)
    for removal in removals:
        typer.echo(f"{removal.table}: {removal.rows:,} rows, {removal.reason}")
    if not removals:
        typer.echo("nothing is past its time")
    elif not yes:
        typer.echo("nothing was removed: say --yes")
