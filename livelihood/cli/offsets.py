"""The command for a stream that stands still: what is wrong, and the ways to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings

if TYPE_CHECKING:
    from livelihood.kafka import Problem
    from livelihood.load.recovery import Gap, Standing

OPTIONS: dict[Problem, str] = {
    "retention": "--from-earliest",
    "shorter_topic": "--from-end",
    "new_topic": "--new-topic",
}
SAYS: dict[Problem, str] = {
    "retention": "Skips what retention took: loading goes on at the first record Kafka still "
    "holds. The records in between are LOST until their sources send them again.",
    "shorter_topic": "Goes on at Kafka's present end. Loaded records whose offsets will come a "
    "second time make room and stay; nothing loaded is lost. What Kafka lost and had not been "
    "loaded is LOST until it is sent again.",
    "new_topic": "Reads the new topic from its first record on. All loaded records make room and "
    "stay; nothing loaded is lost. What the old topic held and had not been loaded is LOST until "
    "it is sent again; what is sent again a second time changes no figure.",
}


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(offsets)


def offsets(
    stream: Annotated[str, typer.Argument(help="Stream, such as employment or training.")],
    from_earliest: Annotated[
        bool, typer.Option("--from-earliest", help="Skip what retention took.")
    ] = False,
    from_end: Annotated[
        bool, typer.Option("--from-end", help="Kafka came back shorter: go on at its end.")
    ] = False,
    new_topic: Annotated[
        bool, typer.Option("--new-topic", help="The topic was created anew: begin with it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, it is only said.")] = False,
) -> None:
    """Show where a stream stands in Kafka, and go on when Kafka lacks what comes next."""
    from livelihood.load.recovery import go_on, standing

    settings = get_settings()
    chosen = _chosen(from_earliest, from_end, new_topic)
    found = standing(settings, stream)
    if chosen is None:
        _show(found)
        return
    _say(chosen, found.gaps(chosen))
    if not yes:
        typer.echo("nothing was done; the same command with --yes does it")
        return
    _say_done(stream, chosen, go_on(settings, stream, chosen))


def _chosen(from_earliest: bool, from_end: bool, new_topic: bool) -> Problem | None:
    wanted = dict(zip(OPTIONS, (from_earliest, from_end, new_topic), strict=True))
    chosen = [kind for kind, is_wanted in wanted.items() if is_wanted]
    if len(chosen) > 1:
        raise LivelihoodError("choose one way at a time")
    return chosen[0] if chosen else None


def _show(found: Standing) -> None:
    table = Table("partition", "next to load", "Kafka from", "Kafka to", "", header_style="bold")
    for place in found.places:
        problem = place.problem or ""
        table.add_row(
            *map(str, (place.partition, place.next_offset, place.first, place.end)),
            problem.replace("_", " "),
        )
    Console().print(table)
    stream, kind = found.contract.name, found.kind
    if kind is None:
        typer.echo(f"{stream}: nothing stands in the way of the next load")
        return
    _say(kind, found.gaps(kind))
    typer.echo(f"to do it: livelihood offsets {stream} {OPTIONS[kind]} --yes")


def _say(kind: Problem, gaps: list[Gap]) -> None:
    typer.echo(f"{OPTIONS[kind]}: {SAYS[kind]}")
    for gap in gaps:
        counted = (
            "" if gap.missing_records is None else f", {gap.missing_records:,} records missing"
        )
        typer.echo(
            f"  partition {gap.partition}: loaded up to offset {gap.from_offset}, goes on at "
            f"{gap.to_offset}{counted}"
        )


def _say_done(stream: str, kind: Problem, gaps: list[Gap]) -> None:
    typer.echo(f"{stream}: done, and noted in ops.offset_gap ({len(gaps)} partitions)")
    if kind != "retention":
        typer.echo("the next build computes everything anew, because records changed their places")
    typer.echo(f"next: livelihood load {stream}, and have what is missing sent again")
