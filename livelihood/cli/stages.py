"""Commands that run a stage: load, build, gate, publish, alert, all of them, and replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livelihood.errors import OffsetsLost
from livelihood.settings import get_settings

Stream = Annotated[str, typer.Argument(help="Stream, such as employment or training.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (load, build, gate, publish, alert, run, replay, reconcile):
        app.command()(command)


def load(stream: Stream) -> None:
    """Drain a stream from Kafka into the warehouse."""
    from livelihood.load import LoadReport
    from livelihood.load import load as load_stream

    def progress(report: LoadReport) -> None:
        typer.echo(f"{stream}: {report.records:,} records, {report.rejected:,} quarantined …")

    report = load_stream(get_settings(), stream, progress)
    rate = (report.records + report.rejected) / report.seconds if report.seconds else 0
    typer.echo(
        f"{stream}: {report.records:,} records landed, {report.rejected:,} quarantined, "
        f"{report.seconds:.1f} s, {rate:,.0f} records/s"
    )


def build(
    full_refresh: Annotated[
        bool, typer.Option(help="Compute everything anew instead of what changed.")
    ] = False,
) -> None:
    """Build the candidate figures from what has landed."""
    from livelihood.transform import build as build_candidate

    report = build_candidate(get_settings(), full_refresh=full_refresh)
    state = f"built in {report.seconds:.1f} s" if report.is_new else "nothing new has landed"
    typer.echo(f"build {report.build_id} as of {report.as_of_date}: {state}")


def gate(
    report: Annotated[
        bool, typer.Option("--report", help="Show the last verdict instead of judging again.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write the report as a page to this file.")
    ] = None,
) -> None:
    """Judge the newest candidate; exit code 2 when the gate is closed."""
    from expectations import run_gate
    from expectations.report import render_gate_html, render_gate_terminal

    settings = get_settings()
    is_open = None
    if not report:
        is_open = run_gate(settings).verdict == "open"
    shown_open = render_gate_terminal(settings)
    if html is not None:
        render_gate_html(settings, html)
        typer.echo(f"report: {html}")
    if not (shown_open if is_open is None else is_open):
        raise typer.Exit(2)


def publish() -> None:
    """Publish the newest candidate, if the gate is open and something changed."""
    from livelihood.publish import publish as publish_candidate

    release = publish_candidate(get_settings())
    if release is None:
        typer.echo("nothing changed since the last release; there is no new one")
    else:
        typer.echo(f"release {release.release_id} is published")


def alert() -> None:
    """Open, clear and send alerts."""
    from livelihood.alerts import deliver, raise_alerts

    settings = get_settings()
    typer.echo(str(raise_alerts(settings)))
    typer.echo(str(deliver(settings)))


def run() -> None:
    """All stages once, without Airflow: load every stream, build, gate, publish, alert."""
    from livelihood.contracts import load_contracts

    stopped = [stream for stream in load_contracts() if not _is_loaded(stream)]
    build()
    is_closed = False
    try:
        gate()
    except typer.Exit:
        is_closed = True
    if not is_closed:
        publish()
    alert()
    if stopped or is_closed:
        raise typer.Exit(2)


def _is_loaded(stream: str) -> bool:
    """Load a stream; one that stands still is said, and holds up no other."""
    try:
        load(stream)
    except OffsetsLost as error:
        typer.secho(f"livelihood: {error}", fg=typer.colors.RED, err=True)
        return False
    return True


def replay(
    stream: Stream,
    reason: Annotated[
        str | None, typer.Option(help="Only records with this reason code, e.g. unknown_reference.")
    ] = None,
) -> None:
    """Try quarantined records again, after the cause of their rejection is gone."""
    from livelihood.load import replay as replay_stream

    report = replay_stream(get_settings(), stream, reason)
    typer.echo(
        f"{stream}: {report.tried:,} tried, {report.landed:,} landed, "
        f"{report.remaining:,} stay in quarantine"
    )


def reconcile() -> None:
    """Recompute everything beside the candidate and compare row by row."""
    from livelihood.transform import reconcile as reconcile_candidate

    report = reconcile_candidate(get_settings())
    for table, rows in report.differences.items():
        typer.echo(f"{table}: {rows or 'no'} rows differ")
    if not report.is_equal:
        raise typer.Exit(2)
