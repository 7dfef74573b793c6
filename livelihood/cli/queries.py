"""Commands that ask: releases, alerts, scorecard, actions, and SQL over what is published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.table import Table

from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings

_ROW_LIMIT = 200
_RELEASE_COLUMNS = ("release_id", "released_at", "as_of_date", "build_id", "is_simulated")

alerts_app = typer.Typer(help="List alerts, acknowledge them, say how they were handled.")


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
) -> None:
    """List releases, newest first, or compare two."""
    from livelihood.publish import diff_releases, list_releases

    settings = get_settings()
    if diff is not None:
        _print_objects(diff_releases(settings, *diff), "the two releases are equal")
    else:
        _print_objects(list_releases(settings), "nothing has been published yet", _RELEASE_COLUMNS)


def scorecard(
    html: Annotated[Path | None, typer.Option(help="Write the page to this file.")] = None,
    plan: Annotated[str | None, typer.Option(help="Only this plan: code or name.")] = None,
    township: Annotated[str | None, typer.Option(help="Only this township: name or code.")] = None,
    department: Annotated[str | None, typer.Option(help="Only what this office leads.")] = None,
    year: Annotated[
        int | None, typer.Option(help="As the last release of that year had it.")
    ] = None,
) -> None:
    """Print every target with its figure and status; optionally as a page."""
    from livelihood.scorecard import (
        of_department,
        of_plan,
        of_township,
        render_html,
        render_terminal,
    )
    from livelihood.scorecard import scorecard as read_scorecard

    card = read_scorecard(get_settings(), year)
    for name, only in ((plan, of_plan), (township, of_township), (department, of_department)):
        if name is not None:
            card = only(card, name)
    render_terminal(card)
    if html is not None:
        render_html(card, html)
        typer.echo(f"scorecard: {html}")


def actions(
    monitor: Annotated[
        str | None, typer.Option(help="List the subjects of this monitor: its code or name.")
    ] = None,
    township: Annotated[
        str | None, typer.Option(help="Of this township: its code or name.")
    ] = None,
    limit: Annotated[int, typer.Option(help="Most subjects that are printed.")] = _ROW_LIMIT,
) -> None:
    """Count what each monitor lists to be acted upon, or list the subjects of one."""
    from livelihood.worklists.read import list_actions

    found = list_actions(get_settings(), monitor, township, limit + 1)
    if not found.rows:
        typer.echo("nothing is to be acted upon")
        return
    _print_rows(found.names, found.rows[:limit])
    if len(found.rows) > limit:
        typer.echo(f"only the first {limit} rows are shown; use --limit")


@alerts_app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Cleared ones too.")] = False,
) -> None:
    """List alerts that are not cleared."""
    if context.invoked_subcommand is None:
        from livelihood.alerts import ACTIVE_STATES, STATES, list_alerts

        found = list_alerts(get_settings(), STATES if everything else ACTIVE_STATES)
        names = ["alert_id", "level", "state", "title", "owner", "opened_at", "handling_note"]
        if not found:
            typer.echo("no alert is open")
            return
        _print_rows(names, [tuple(getattr(alert, name) for name in names) for alert in found])


@alerts_app.command()
def acknowledge(
    alert_id: int,
    by: Annotated[str, typer.Option(help="Who takes it on.")],
    note: Annotated[str | None, typer.Option(help="What is known so far.")] = None,
) -> None:
    """Say that somebody has taken the alert on."""
    from livelihood.alerts import acknowledge as acknowledge_alert

    alert = acknowledge_alert(get_settings(), alert_id, by, note)
    typer.echo(f"alert {alert.alert_id} is {alert.state}")


@alerts_app.command()
def handle(
    alert_id: int,
    by: Annotated[str, typer.Option(help="Who handled it.")],
    note: Annotated[str, typer.Option(help="What was done.")],
) -> None:
    """Say what was done about the alert; it clears when its condition is gone."""
    from livelihood.alerts import handle as handle_alert

    alert = handle_alert(get_settings(), alert_id, by, note)
    typer.echo(f"alert {alert.alert_id} is {alert.state}")


def sql(
    query: Annotated[str, typer.Argument(help="A query over the schema `published`.")],
    limit: Annotated[int, typer.Option(help="Most rows that are printed.")] = _ROW_LIMIT,
) -> None:
    """Run a read-only query as the role analyst."""
    from livelihood.warehouse import ANALYST, connect

    with connect(get_settings(), role=ANALYST) as connection:
        connection.execute("set transaction read only")
        connection.execute("set local search_path to published")
        try:
            cursor = connection.execute(query.encode())
        except psycopg.Error as error:
            raise LivelihoodError(f"the query was refused: {error}") from error
        names = [column.name for column in cursor.description or ()]
        rows = cursor.fetchmany(limit + 1) if names else []
    _print_rows(names, rows[:limit])
    if len(rows) > limit:
        typer.echo(f"only the first {limit} rows are shown; use --limit")


def _print_objects(
    items: Sequence[object], otherwise: str, columns: Sequence[str] | None = None
) -> None:
    if not items:
        typer.echo(otherwise)
        return
    names = list(columns or vars(items[0]))
    _print_rows(names, [tuple(getattr(item, name) for name in names) for item in items])


def _print_rows(names: list[str], rows: list[tuple[object, ...]]) -> None:
    table = Table(*names, header_style="bold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)
