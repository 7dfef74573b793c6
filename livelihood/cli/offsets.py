"""The command for a stopped stream: what is wrong, and the recovery options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from livelihood.terminal import DataConsole, echo

if TYPE_CHECKING:
    from livelihood.kafka import Problem
    from livelihood.load.recovery import Diagnosis, Gap
    from livelihood.settings import Settings

OPTIONS: dict[Problem, str] = {
    "retention": "--from-earliest",
    "shorter_topic": "--from-end",
    "new_topic": "--new-topic",
}
EFFECTS: dict[Problem, str] = {
    "retention": "Skips the records that retention removed: loading resumes at the first record "
    "that Kafka still has. The records in between are LOST until their sources send them again.",
    "shorter_topic": "Resumes at Kafka's present end. Loaded records whose offsets Kafka will use "
    "again are moved aside and stay; nothing loaded is lost. What Kafka lost before it was loaded "
    "is LOST until it is sent again.",
    "new_topic": "Reads the new topic from its first record. All loaded records are moved aside "
    "and stay; nothing loaded is lost. Records of the old topic that were not loaded are LOST "
    "until they are sent again; records that are sent a second time change no figure.",
}


ONE_OPTION = "choose one recovery option at a time"
NOT_APPLIED = "nothing was done; add --yes to the same command to apply it"
POSITION = re.compile(r"(\d{1,9}):(\d{1,18})")


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(offsets)


def offsets(
    stream: Annotated[str, typer.Argument(help="Stream, such as employment or training.")],
    from_earliest: Annotated[
        bool, typer.Option("--from-earliest", help="Skip records that retention removed.")
    ] = False,
    from_end: Annotated[
        bool, typer.Option("--from-end", help="Kafka lost its newest records: resume at its end.")
    ] = False,
    new_topic: Annotated[
        bool,
        typer.Option("--new-topic", help="The topic was created again: read it from its start."),
    ] = False,
    quarantine: Annotated[
        str | None,
        typer.Option(
            metavar="PARTITION:OFFSET",
            help="Load the partition up to this message and set it aside in quarantine.",
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Apply the option; without it only the plan is shown.")
    ] = False,
) -> None:
    """Show a stream's offsets here and in Kafka, and resume it if it is stopped."""
    from livelihood.load.recovery import diagnose, resume

    settings = get_settings()
    option = _selected_option(from_earliest, from_end, new_topic)
    if quarantine is not None:
        if option is not None:
            raise LivelihoodError(ONE_OPTION)
        _set_aside(settings, stream, quarantine, yes)
        return
    diagnosis = diagnose(settings, stream)
    if option is None:
        _show_diagnosis(diagnosis)
        return
    _show_plan(option, diagnosis.gaps(option))
    if not yes:
        echo(NOT_APPLIED)
        return
    _show_result(stream, option, resume(settings, stream, option))


def _set_aside(settings: Settings, stream: str, position: str, yes: bool) -> None:
    from livelihood.load.aside import find_message, set_aside

    match = POSITION.fullmatch(position)
    if match is None:
        raise LivelihoodError(
            f"--quarantine {position}: write partition and offset, such as 3:1024"
        )
    partition, offset = map(int, match.groups())
    aside = find_message(settings, stream, partition, offset)
    echo(
        f"--quarantine: partition {partition} is loaded from offset {aside.next_offset}; the "
        f"message at {offset} ({aside.size:,} bytes) goes to ops.quarantine unchanged, whether it "
        "is valid or not. Nothing is lost."
    )
    if not yes:
        echo(NOT_APPLIED)
        return
    load_id = set_aside(settings, aside)
    echo(f"{stream}: applied as load {load_id}; next: livelihood load {stream}")


def _selected_option(from_earliest: bool, from_end: bool, new_topic: bool) -> Problem | None:
    flags = dict(zip(OPTIONS, (from_earliest, from_end, new_topic), strict=True))
    selected = [kind for kind, is_selected in flags.items() if is_selected]
    if len(selected) > 1:
        raise LivelihoodError(ONE_OPTION)
    return selected[0] if selected else None


def _show_diagnosis(diagnosis: Diagnosis) -> None:
    table = Table("partition", "next to load", "Kafka from", "Kafka to", "", header_style="bold")
    for position in diagnosis.positions:
        problem = position.problem or ""
        table.add_row(
            *map(str, (position.partition, position.next_offset, position.first, position.end)),
            problem.replace("_", " "),
        )
    DataConsole().print(table)
    stream, kind = diagnosis.contract.name, diagnosis.kind
    if kind is None:
        echo(f"{stream}: nothing prevents the next load")
        return
    _show_plan(kind, diagnosis.gaps(kind))
    echo(f"to apply it: livelihood offsets {stream} {OPTIONS[kind]} --yes")


def _show_plan(kind: Problem, gaps: list[Gap]) -> None:
    echo(f"{OPTIONS[kind]}: {EFFECTS[kind]}")
    for gap in gaps:
        missing = (
            "" if gap.missing_records is None else f", {gap.missing_records:,} records missing"
        )
        echo(
            f"  partition {gap.partition}: loaded up to offset {gap.from_offset}, resumes at "
            f"{gap.to_offset}{missing}"
        )


def _show_result(stream: str, kind: Problem, gaps: list[Gap]) -> None:
    echo(f"{stream}: applied, and recorded in ops.offset_gap ({len(gaps)} partitions)")
    if kind != "retention":
        echo("the next build computes everything from scratch, because records were moved")
    echo(f"next: livelihood load {stream}, and have the missing records sent again")
