"""Commands about the stack: up, down, migrate, status, metrics."""

from __future__ import annotations

from typing import Annotated

import typer

from livelihood.errors import LivelihoodError
from livelihood.interrupts import interruptible
from livelihood.settings import get_settings
from livelihood.terminal import echo, echo_document, echo_progress


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (up, down, migrate, status, metrics):
        app.command()(command)


def up(
    airflow: Annotated[bool, typer.Option(help="Start Airflow as well.")] = True,
) -> None:
    """Start the embedded PostgreSQL, Kafka and Airflow where they do not run, and migrate."""
    from infra.local.stack import Stack
    from livelihood.kafka import create_topics
    from livelihood.warehouse import migrate as migrate_warehouse

    settings = get_settings()
    stack = Stack(settings)
    with interruptible(), stack.session("up", echo_progress):
        stack.check(airflow)
        stack.up(airflow=False, on_progress=echo_progress)
        migrate_warehouse(settings)
        create_topics(settings)
        if airflow:
            stack.up(airflow=True, on_progress=echo_progress)


def down() -> None:
    """Stop the servers that `livelihood up` started. All data remain."""
    from infra.local.stack import Stack

    settings = get_settings()
    if not settings.home.exists():
        echo(f"nothing runs: there is no folder {settings.home}")
        return
    stack = Stack(settings)
    with interruptible(), stack.session("down", echo_progress, starts=False):
        stack.down(on_progress=echo_progress)


def migrate() -> None:
    """Create or upgrade topics, schemas, tables and roles; safe to repeat."""
    from livelihood.kafka import create_topics
    from livelihood.warehouse import migrate as migrate_warehouse

    settings = get_settings()
    migrate_warehouse(settings)
    created = create_topics(settings)
    echo(f"warehouse is up to date; topics created: {', '.join(created) or 'none'}")


def status(
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show health (exit code 2 if not healthy), backlog of each stream, gate, release, overdue."""
    from infra.local.stack import Stack
    from livelihood.status.read import read_status
    from livelihood.status.terminal import render_status

    settings = get_settings()
    state = read_status(settings, Stack(settings).status())
    render_status(state, as_json=json)
    if not state.is_healthy:
        raise typer.Exit(2)


def metrics(
    serve: Annotated[
        int | None,
        typer.Option(min=1, max=65_535, help="Serve them on this port until interrupted."),
    ] = None,
    address: Annotated[str, typer.Option(help="Serve them on this address.")] = "127.0.0.1",
) -> None:
    """Print the state as Prometheus metrics, for a textfile collector, or serve it."""
    from livelihood.status.metrics import exposition
    from livelihood.status.metrics import serve as serve_metrics

    if serve is None:
        echo_document(exposition(get_settings()))
        return
    try:
        _, thread = serve_metrics(get_settings(), address, serve)
    except OSError as error:
        raise LivelihoodError(
            f"port {serve} on {address} cannot be used ({error}): choose another with --serve"
        ) from error
    echo(f"metrics: http://{address}:{serve}/metrics")
    thread.join()
