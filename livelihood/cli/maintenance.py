"""Commands for stored data: backup and restore of the warehouse, and retention."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from livelihood.terminal import echo

File = Annotated[Path, typer.Argument(help="File of the backup, such as livelihood.dump.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (backup, restore, prune):
        app.command()(command)
    # The name of `prune` before version 0.2.
    app.command("retain", hidden=True)(prune)


def backup(file: File) -> None:
    """Write the warehouse (records, bookkeeping, all releases) to a file while it is in use."""
    from infra.local.backup import backup as write_backup

    size = write_backup(get_settings(), file)
    echo(f"backup: {file}, {size / 1e6:,.1f} MB; without the token key")


def restore(
    file: File,
    yes: Annotated[bool, typer.Option("--yes", help="Replace the whole warehouse.")] = False,
) -> None:
    """Replace the warehouse by a backup, then migrate; loads continue from its offsets."""
    from infra.local.backup import restore as read_backup
    from livelihood.warehouse import migrate

    if not yes:
        raise LivelihoodError(
            "this replaces the whole warehouse: run `livelihood backup FILE` first, then repeat "
            "this command with --yes"
        )
    settings = get_settings()
    # The backup grants to the readers' roles, which belong to the server.
    migrate(settings)
    read_backup(settings, file)
    migrate(settings)
    echo("restored; `livelihood run` loads later records from Kafka and publishes")


def prune(
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete the rows; without it they are only listed.")
    ] = False,
) -> None:
    """Show the rows that have expired by the settings; delete them with --yes."""
    from livelihood.retention import prune as prune_expired

    removals = prune_expired(get_settings(), apply=yes)
    for removal in removals:
        echo(f"{removal.table}: {removal.rows:,} rows, {removal.reason}")
    if not removals:
        echo("no rows have expired")
    elif not yes:
        echo("nothing was deleted; add --yes to delete these rows")
