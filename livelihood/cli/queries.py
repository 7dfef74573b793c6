"""Commands that read what is published: releases, scorecard, actions, alerts and SQL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from livelihood.cli.tables import AsJson, CsvFile, Listing, Output
from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from livelihood.terminal import echo

# Rows on the terminal; CSV and JSON contain all.
TERMINAL_ROWS = 200
RELEASE_COLUMNS = (
    "release_id", "released_at", "as_of_date", "build_id", "gate_id", "is_simulated", "accepted",
)  # fmt: skip
DIFFERENCE_COLUMNS = ("mart", "added", "removed", "changed")
ALERT_COLUMNS = (
    "alert_id", "level", "state", "title", "owner", "opened_at", "acknowledged_by", "handled_by",
    "handling_note", "rule", "subject",
)  # fmt: skip
TARGET_COLUMNS = (
    "plan_id", "target_id", "status", "name_zh", "name_en", "owner", "value", "expected_value",
    "target_value", "unit", "status_since", "period_month", "promise",
)  # fmt: skip
# Columns from the most important: a narrow terminal omits the last ones.
RELEASE_PRIORITY = (
    "release_id", "released_at", "as_of_date", "accepted", "build_id", "is_simulated",
)  # fmt: skip
ALERT_PRIORITY = ("alert_id", "level", "title", "owner", "state", "opened_at", "handling_note")
MONITOR_PRIORITY = ("name_zh", "subjects", "overdue", "owner", "longest_days", "monitor_code")
SUBJECT_PRIORITY = ("subject", "township", "due_on", "days_open", "reason_code", "owner")

Limit = Annotated[
    int | None, typer.Option(min=1, help="Rows at most; default: 200 on the terminal, else all.")
]

alerts_app = typer.Typer(help="List alerts, acknowledge them, record how they were handled.")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(releases)
    app.command()(scorecard)
    app.command()(actions)
    app.command()(sql)
    app.add_typer(alerts_app, name="alerts")


def releases(
    diff: Annotated[
        tuple[int, int] | None, typer.Option(help="Two releases whose differences to count.")
    ] = None,
    csv: CsvFile = None,
    json: AsJson = False,
) -> None:
    """Show releases, newest first, or compare two."""
    from livelihood.publish import diff_releases, list_releases

    output = Output(csv, json)
    settings = get_settings()
    if diff is not None:
        listing = _listing(DIFFERENCE_COLUMNS, diff_releases(settings, *diff))
        output.write(listing, "the two releases are equal")
    else:
        listing = _listing(RELEASE_COLUMNS, list_releases(settings), RELEASE_PRIORITY)
        output.write(listing, "nothing has been published yet")


def scorecard(
    html: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    plan: Annotated[str | None, typer.Option(help="Only this plan: code or name.")] = None,
    township: Annotated[str | None, typer.Option(help="Only this township: name or code.")] = None,
    department: Annotated[str | None, typer.Option(help="Only what this office leads.")] = None,
    year: Annotated[
        int | None, typer.Option(help="As the last release of that year had it.")
    ] = None,
    csv: CsvFile = None,
    json: AsJson = False,
) -> None:
    """Print every target with its value and status; optionally as a page, CSV or JSON."""
    from livelihood.scorecard import (
        read_scorecard,
        render_html,
        render_terminal,
        select_department,
        select_plan,
        select_township,
    )

    output = Output(csv, json)
    card = read_scorecard(get_settings(), year)
    for name, only in (
        (plan, select_plan),
        (township, select_township),
        (department, select_department),
    ):
        if name is not None:
            card = only(card, name)
    if output.is_terminal:
        render_terminal(card)
    else:
        output.write(_listing(TARGET_COLUMNS, card.targets))
    if html is not None:
        render_html(card, html)
        echo(f"scorecard: {html}", err=not output.is_terminal)


def actions(
    monitor: Annotated[
        str | None, typer.Option(help="List the subjects of this monitor: its code or name.")
    ] = None,
    township: Annotated[
        str | None, typer.Option(help="Of this township: its code or name.")
    ] = None,
    limit: Limit = None,
    csv: CsvFile = None,
    json: AsJson = False,
) -> None:
    """Count the open cases of each monitor, or list the cases of one."""
    from livelihood.worklists.read import list_actions

    output = Output(csv, json)
    most = _max_rows(limit, output)
    listed = list_actions(get_settings(), monitor, township, None if most is None else most + 1)
    priority = MONITOR_PRIORITY if monitor is None else SUBJECT_PRIORITY
    output.write(Listing(listed.names, listed.rows[:most], priority), "no case is open")
    _report_limit(len(listed.rows), most)


@alerts_app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Cleared ones too.")] = False,
    csv: CsvFile = None,
    json: AsJson = False,
) -> None:
    """Show alerts that are not cleared."""
    if context.invoked_subcommand is None:
        from livelihood.alerts import ACTIVE_STATES, STATES, list_alerts

        output = Output(csv, json)
        listed = list_alerts(get_settings(), STATES if everything else ACTIVE_STATES)
        output.write(_listing(ALERT_COLUMNS, listed, ALERT_PRIORITY), "no alert is open")


@alerts_app.command()
def acknowledge(
    alert_id: int,
    by: Annotated[str, typer.Option(help="Who takes it on.")],
    note: Annotated[str | None, typer.Option(help="What is known so far.")] = None,
) -> None:
    """Acknowledge an alert on behalf of a person or office."""
    from livelihood.alerts import acknowledge as acknowledge_alert

    alert = acknowledge_alert(get_settings(), alert_id, by, note)
    echo(f"alert {alert.alert_id} is {alert.state}")


@alerts_app.command()
def handle(
    alert_id: int,
    by: Annotated[str, typer.Option(help="Who handled it.")],
    note: Annotated[str, typer.Option(help="What was done.")],
) -> None:
    """Record what was done about an alert. It clears when its condition has ended."""
    from livelihood.alerts import handle as handle_alert

    alert = handle_alert(get_settings(), alert_id, by, note)
    echo(f"alert {alert.alert_id} is {alert.state}")


def sql(
    query: Annotated[str, typer.Argument(help="A query over the schema `published`.")],
    limit: Limit = None,
    csv: CsvFile = None,
    json: AsJson = False,
) -> None:
    """Run one read-only query as the role analyst."""
    from livelihood.warehouse import ANALYST, connect

    output = Output(csv, json)
    most = _max_rows(limit, output)
    with connect(get_settings(), role=ANALYST) as connection:
        connection.execute("set transaction read only")
        try:
            # A prepared statement is a single one, so the text cannot end the transaction.
            cursor = connection.execute(query.encode(), prepare=True)
        except psycopg.Error as error:
            raise LivelihoodError(f"the query was refused: {error}") from error
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchall() if names and most is None else []
        if names and most is not None:
            rows = cursor.fetchmany(most + 1)
    output.write(Listing(names, rows[:most]))
    _report_limit(len(rows), most)


def _listing(
    names: Sequence[str], items: Sequence[object], priority: Sequence[str] = ()
) -> Listing:
    return Listing(names, [[getattr(item, name) for name in names] for item in items], priority)


def _max_rows(limit: int | None, output: Output) -> int | None:
    return TERMINAL_ROWS if limit is None and output.is_terminal else limit


def _report_limit(rows: int, most: int | None) -> None:
    if most is not None and rows > most:
        echo(f"only the first {most} rows are shown; use --limit", err=True)
