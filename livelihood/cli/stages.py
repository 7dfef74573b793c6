"""Commands that run a stage: load, build, gate, publish, alert, all of them, and replay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livelihood.settings import get_settings
from livelihood.terminal import echo

if TYPE_CHECKING:
    from livelihood.errors import LivelihoodError
    from livelihood.load import LoadReport
    from livelihood.pipeline import AlertsSent
    from livelihood.publish import Release
    from livelihood.transform import BuildReport
    from livelihood.warehouse.ledger.verdicts import GateVerdict

Stream = Annotated[str, typer.Argument(help="Stream, such as employment or training.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (load, build, gate, publish, alert, run, replay, reconcile):
        app.command()(command)


def load(stream: Stream) -> None:
    """Load a stream from Kafka into the warehouse."""
    from livelihood.load import load as load_stream

    _print_load(load_stream(get_settings(), stream, _print_progress))


def build(
    full_refresh: Annotated[
        bool, typer.Option(help="Compute everything from scratch instead of what changed.")
    ] = False,
) -> None:
    """Build the candidate figures from the records that have landed."""
    from livelihood.transform import build as build_candidate

    _print_build(build_candidate(get_settings(), full_refresh=full_refresh))


def gate(
    report: Annotated[
        bool, typer.Option("--report", help="Show the last verdict instead of judging again.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write the report as a page to this file.")
    ] = None,
    accept: Annotated[
        str | None, typer.Option(help="Accept this failed check for the build just judged.")
    ] = None,
    by: Annotated[str, typer.Option(help="Person who accepts the check.")] = "",
    reason: Annotated[str, typer.Option(help="Why the records are right; it is published.")] = "",
) -> None:
    """Judge the newest candidate; exit code 2 when the gate is closed.

    With --accept, one failed check of the last verdict is accepted: for that build only, recorded
    with person and reason, and shown with the release. Checks of keys, tokens and arithmetic cannot
    be accepted.
    """
    from expectations import accept_check, run_gate
    from expectations.report import render_gate_html, render_gate_terminal

    settings = get_settings()
    if accept is not None:
        verdict: GateVerdict | None = accept_check(settings, accept, by, reason)
    else:
        verdict = None if report else run_gate(settings)
    shown_open = render_gate_terminal(settings)
    if html is not None:
        render_gate_html(settings, html)
        echo(f"report: {html}")
    if not (verdict.is_open if verdict else shown_open):
        raise typer.Exit(2)


def publish() -> None:
    """Publish the newest candidate, if the gate is open and something changed."""
    from livelihood.publish import publish as publish_candidate

    _print_release(publish_candidate(get_settings()))


def alert() -> None:
    """Open, clear and send alerts; exit code 2 when nothing that was due was delivered."""
    from livelihood.pipeline import send_alerts

    alerts = send_alerts(get_settings())
    _print_alerts(alerts)
    if alerts.delivery.is_failure:
        raise typer.Exit(2)


def run() -> None:
    """Run all stages once, without Airflow: load every stream, build, gate, publish, alert."""
    from livelihood.pipeline import run as run_pipeline

    report = run_pipeline(
        get_settings(),
        lambda stage, result: _PRINTERS[stage](result),
        on_progress=_print_progress,
    )
    if report.stopped_streams:
        echo(f"livelihood: not loaded: {', '.join(report.stopped_streams)}", colour="red", err=True)
    if report.stopped_streams or not report.verdict.is_open:
        raise typer.Exit(2)


def replay(
    stream: Stream,
    reason: Annotated[
        str | None, typer.Option(help="Only records with this reason code, e.g. unknown_reference.")
    ] = None,
) -> None:
    """Replay quarantined records, after the cause of their rejection was corrected."""
    from livelihood.load import replay as replay_stream

    report = replay_stream(get_settings(), stream, reason)
    echo(
        f"{stream}: {report.tried:,} tried, {report.landed:,} landed, "
        f"{report.remaining:,} remain in quarantine"
    )


def reconcile() -> None:
    """Recompute everything from scratch and compare with the candidate row by row."""
    from livelihood.transform import reconcile as reconcile_candidate

    report = reconcile_candidate(get_settings())
    for table, rows in report.differences.items():
        echo(f"{table}: {rows or 'no'} rows differ")
    if not report.is_equal:
        raise typer.Exit(2)


def _print_progress(report: LoadReport) -> None:
    echo(f"{report.stream}: {report.records:,} records, {report.rejected:,} quarantined …")


def _print_load(report: LoadReport) -> None:
    messages = report.records + report.rejected + report.overflowed
    rate = messages / report.seconds if report.seconds else 0
    if report.overflowed:
        echo(f"{report.stream}: {report.overflowed:,} rejects beyond the quota, only counted")
    echo(
        f"{report.stream}: {report.records:,} records landed, {report.rejected:,} quarantined, "
        f"{report.seconds:.1f} s, {rate:,.0f} records/s"
    )


def _print_stop(error: LivelihoodError) -> None:
    echo(f"livelihood: {error}", colour="red", err=True)


def _print_build(report: BuildReport) -> None:
    state = f"built in {report.seconds:.1f} s" if report.is_new else "nothing new has landed"
    echo(f"build {report.build_id} as of {report.as_of_date}: {state}")


def _print_verdict(_: GateVerdict) -> None:
    from expectations.report import render_gate_terminal

    render_gate_terminal(get_settings())


def _print_release(release: Release | None) -> None:
    if release is None:
        echo("nothing changed since the last release; there is no new one")
    else:
        echo(f"release {release.release_id} is published")


def _print_alerts(alerts: AlertsSent) -> None:
    echo(str(alerts.changes))
    echo(str(alerts.delivery))


_PRINTERS: dict[str, Callable[[Any], None]] = {
    "load": _print_load,
    "stopped": _print_stop,
    "build": _print_build,
    "gate": _print_verdict,
    "publish": _print_release,
    "alert": _print_alerts,
}
