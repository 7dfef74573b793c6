"""Commands for rejected messages: count them, and purge what must not be stored."""

from __future__ import annotations

from typing import Annotated

import typer

from livelihood.cli.offsets import NOT_APPLIED, POSITION
from livelihood.cli.send import parse_moment
from livelihood.cli.tables import AsJson, CsvFile, Listing, Output
from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from livelihood.terminal import echo

COLUMNS = ("stream", "code", "waiting", "replayed", "purged", "bytes", "first_at", "last_at")

quarantine_app = typer.Typer(
    help="Count rejected messages by reason, and purge those with personal data.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(quarantine_app, name="quarantine")


@quarantine_app.command("list")
def list_(
    stream: Annotated[str | None, typer.Argument(help="Only this stream.")] = None,
    csv: CsvFile = None,
    json: AsJson = False,
) -> None:
    """Count the messages in quarantine by stream and reason, without their content."""
    from livelihood.load.purge import list_quarantine

    output = Output(csv, json)
    counts = list_quarantine(get_settings(), stream)
    output.write(Listing(COLUMNS, counts, COLUMNS), "the quarantine is empty")


@quarantine_app.command()
def purge(
    stream: Annotated[str, typer.Argument(help="Stream, such as employment or training.")],
    reason: Annotated[str | None, typer.Option(help="Only with this reason code.")] = None,
    before: Annotated[
        str | None, typer.Option(help="Only rejected before this time, such as 2023-05-02.")
    ] = None,
    position: Annotated[
        str | None, typer.Option(metavar="PARTITION:OFFSET", help="Only this message.")
    ] = None,
    by: Annotated[str, typer.Option(help="Person who decides it.")] = "",
    why: Annotated[str, typer.Option(help="Why the messages must not be stored.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Purge; without it only the plan is shown.")
    ] = False,
) -> None:
    """Delete keys and values of rejected messages. Their positions stay accounted for.

    A purged message cannot be replayed. Kafka still has it until its retention, and so have
    backups.
    """
    from livelihood.load.purge import plan_purge
    from livelihood.load.purge import purge as purge_messages
    from livelihood.warehouse.ledger.quarantine import Selection

    partition, offset = _position(position)
    moment = parse_moment(before) if before else None
    selection = Selection(stream, reason, moment, partition, offset)
    for part in plan_purge(get_settings(), selection):
        echo(
            f"partition {part.partition}: {part.messages:,} messages, {part.bytes:,} bytes, "
            f"offsets {part.from_offset} to {part.to_offset - 1}"
        )
    if not yes:
        echo(NOT_APPLIED)
        return
    purge_id = purge_messages(get_settings(), selection, by, why)
    if purge_id is None:
        echo("no message is selected; nothing was purged")
    else:
        echo(f"{stream}: purged, and recorded as purge {purge_id} in ops.quarantine_purge")


def _position(text: str | None) -> tuple[int, int] | tuple[None, None]:
    if text is None:
        return None, None
    match = POSITION.fullmatch(text)
    if match is None:
        raise LivelihoodError(f"--position {text}: write partition and offset, such as 3:1024")
    return int(match[1]), int(match[2])
