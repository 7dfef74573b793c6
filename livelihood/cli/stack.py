"""Commands about the stack: up, down, migrate, status."""

from __future__ import annotations

from typing import Annotated

import typer

from livelihood.settings import get_settings


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (up, down, migrate, status):
        app.command()(command)


def up(
    airflow: Annotated[bool, typer.Option(help="Start Airflow as well.")] = True,
) -> None:
    """Start the embedded PostgreSQL, Kafka and Airflow, and migrate; running servers stay."""
    from infra.local.stack import Stack
    from livelihood.kafka import create_topics
    from livelihood.warehouse import migrate as migrate_warehouse

    settings = get_settings()
    stack = Stack(settings)
    stack.up(airflow=False, on_progress=typer.echo)
    migrate_warehouse(settings)
    create_topics(settings)
    if airflow:
        stack.up(airflow=True, on_progress=typer.echo)


def down() -> None:
    """Stop what `livelihood up` started; all data stay."""
    from infra.local.stack import Stack

    Stack(get_settings()).down(on_progress=typer.echo)


def migrate() -> None:
    """Create or upgrade topics, schemas, tables and roles; safe to repeat."""
    from livelihood.kafka import create_topics
    from livelihood.warehouse import migrate as migrate_warehouse

    settings = get_settings()
    migrate_warehouse(settings)
    created = create_topics(settings)
    typer.echo(f"warehouse is up to date; topics created: {', '.join(created) or 'none'}")


def status(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What runs, how far behind each stream is, the last gate, release, and open alerts."""
    from infra.local.stack import Stack
    from livelihood.report import render_status
    from livelihood.report import status as read_status

    settings = get_settings()
    render_status(read_status(settings), servers=Stack(settings).status(), as_json=json)
