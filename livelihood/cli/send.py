"""Commands of those who send records: send a source, print a template, write a blank form."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings

if TYPE_CHECKING:
    from producers.sender import SendReport

EXIT_ROWS_REJECTED = 3

Stream = Annotated[str, typer.Argument(help="Stream, such as employment or reported_figure.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (send, template, form):
        app.command()(command)


def send(
    stream: Stream,
    source: Annotated[
        Path, typer.Option("--from", help="CSV, Excel, NDJSON or Parquet file to send.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(help="YAML file that maps its columns (see `template`).")
    ] = None,
    source_system: Annotated[
        str | None, typer.Option(help="System the file was exported from, such as payroll_2.")
    ] = None,
) -> None:
    """Send a file once: interrupted, it continues where it stopped; sent, it is not sent again.

    Identity numbers are replaced by tokens before they leave. Exit code 3: some rows were rejected.
    """
    from livelihood.contracts import load_contract
    from producers.forms import form_mapping
    from producers.importing import import_source
    from producers.sources.file import FileSource
    from producers.sources.mapping import plain_mapping, read_mapping

    contract = load_contract(stream)
    default = form_mapping(source, contract) or plain_mapping(contract)
    chosen = read_mapping(mapping, contract) if mapping else default
    file = FileSource(source, chosen.file)
    report = import_source(get_settings(), contract, file, chosen, source_system)
    print_reports({stream: report})
    if report.rejected:
        raise typer.Exit(EXIT_ROWS_REJECTED)


def template(
    stream: Stream,
    header: Annotated[
        bool, typer.Option("--header", help="Only the header of a CSV file.")
    ] = False,
) -> None:
    """Print a mapping file to fill in, or the header of a CSV file that needs none."""
    from livelihood.contracts import load_contract
    from producers.template import csv_header, mapping_template

    contract = load_contract(stream)
    sys.stdout.write(csv_header(contract) + "\n" if header else mapping_template(contract))


def form(
    plan: Annotated[str, typer.Option(help="Plan, such as ceheng_income_2022.")],
    quarter: Annotated[str, typer.Option(help="Last month of the quarter, YYYY-MM.")],
    office: Annotated[str, typer.Option(help="Office that reports, such as 县人社局.")],
    to: Annotated[Path, typer.Option(help="Excel file to write.")],
) -> None:
    """Write the blank form of an office's quarterly report; filled in, `send` takes it."""
    from producers.forms import form_of, write_form

    blank = form_of(plan, office, parse_month(quarter))
    write_form(blank, to)
    typer.echo(f"{len(blank.figures)} figures to report, in {to}")


def parse_month(text: str) -> dt.date:
    """Return the first day of a month written as YYYY-MM; raise LivelihoodError otherwise."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError as error:
        raise LivelihoodError(f"{text!r} is not a month; write it like 2022-01") from error


def print_reports(reports: dict[str, SendReport]) -> None:
    """Print a table of what was sent, and below it where the rejected rows are."""
    console = Console()
    table = Table("stream", box=None)
    for title in ("sent", "rejected", "seconds"):
        table.add_column(title, justify="right")
    for stream, report in reports.items():
        table.add_row(stream, f"{report.sent:,}", f"{report.rejected:,}", f"{report.seconds:.1f}")
    console.print(table)
    for report in reports.values():
        if report.rejects_path:
            typer.echo(f"rejected rows, with file, line and reason: {report.rejects_path}")
