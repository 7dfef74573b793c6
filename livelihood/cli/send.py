"""Commands of those who send records: send a source, print a template, write a blank form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from livelihood.errors import LivelihoodError
from livelihood.settings import TIME_ZONE, Settings, get_settings
from livelihood.terminal import DataConsole, echo, echo_document

if TYPE_CHECKING:
    from livelihood.contracts import Contract
    from producers.sender import SendReport
    from producers.sources import Source
    from producers.sources.mapping import Mapping

EXIT_ROWS_REJECTED = 3

Stream = Annotated[str, typer.Argument(help="Stream, such as employment or reported_figure.")]
Query = Annotated[str | None, typer.Option(help="Query on that database, or @FILE that holds it.")]
MappingFile = Annotated[
    Path | None, typer.Option(help="YAML file that maps the columns (see `template`).")
]
SourceSystem = Annotated[
    str | None, typer.Option(help="System the records come from, such as payroll_2.")
]
AllSheets = Annotated[
    bool, typer.Option("--all-sheets", help="Every visible sheet with the same header.")
]
ExportedAt = Annotated[
    str | None,
    typer.Option(
        help="When the records were exported, such as 2023-05-02T08:30; by default now. "
        "Of two exports of a record the later one counts."
    ),
]
ConfirmWithdrawals = Annotated[
    bool,
    typer.Option(
        "--confirm-withdrawals", help="Withdraw the absent records, although they are many."
    ),
]
ConfirmOlder = Annotated[
    bool,
    typer.Option("--confirm-older", help="Replace records by content that is older than theirs."),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only list what would be sent and withdrawn.")
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (send, template, form):
        app.command()(command)


def send(
    stream: Stream,
    file: Annotated[
        Path | None, typer.Option("--from", help="CSV, Excel, NDJSON or Parquet file to send.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--from-database", help="Database to query, by its name in the file of sources."
        ),
    ] = None,
    query: Query = None,
    mapping: MappingFile = None,
    source_system: SourceSystem = None,
    all_sheets: AllSheets = False,
    exported_at: ExportedAt = None,
    confirm_withdrawals: ConfirmWithdrawals = False,
    confirm_older: ConfirmOlder = False,
    dry_run: DryRun = False,
) -> None:
    """Send a file, or the rows of a query, once: what was sent is not sent again.

    An interrupted import resumes. Exit code 3 means that some rows were rejected.

    Identity numbers are replaced by tokens before they are sent.
    """
    from livelihood.contracts import load_contract
    from producers.importing import ImportOptions, import_source
    from producers.planning import Confirmations

    contract = load_contract(stream)
    settings = get_settings()
    options = ImportOptions(
        exported_at=parse_moment(exported_at) if exported_at else None,
        confirmed=Confirmations(withdrawals=confirm_withdrawals, older=confirm_older),
        is_dry_run=dry_run,
        notify=lambda note: echo(f"{stream}: {note}", err=True),
    )
    chosen = _chosen_mapping(contract, file, mapping, all_sheets=all_sheets)
    with _open_source(settings, file, database, query, chosen) as source:
        report = import_source(settings, contract, source, chosen, source_system, options)
    print_reports({stream: report})
    if report.is_repeated:
        echo(
            "this content was sent before, so nothing was sent now; to send it again as the "
            "newest, state the time of the export with --exported-at"
        )
    if report.rejected:
        raise typer.Exit(EXIT_ROWS_REJECTED)


def _chosen_mapping(
    contract: Contract, file: Path | None, mapping: Path | None, *, all_sheets: bool
) -> Mapping:
    """Return the given mapping, that of a form, or that of the contract's own names."""
    from producers.forms import form_mapping
    from producers.sources.mapping import plain_mapping, read_mapping

    chosen = read_mapping(mapping, contract) if mapping else None
    if chosen is None and file is not None:
        chosen = form_mapping(file, contract)
    chosen = chosen or plain_mapping(contract)
    if not all_sheets:
        return chosen
    layout = chosen.file.model_copy(update={"sheet": None, "sheets": "all"})
    return chosen.model_copy(update={"file": layout})


@contextmanager
def _open_source(
    settings: Settings, file: Path | None, database: str | None, query: str | None, mapping: Mapping
) -> Iterator[Source]:
    """Open the file or the database."""
    from producers.sources.addresses import database_url
    from producers.sources.database import open_database
    from producers.sources.file import FileSource

    if file is not None and database is None and query is None:
        yield FileSource(file, mapping.file)
    elif database is not None and query is not None and file is None:
        url = database_url(settings, database)
        with open_database(url, database, _query_text(query)) as source:
            yield source
    else:
        raise LivelihoodError(
            'give the records either by --from FILE or by --from-database NAME --query "SELECT …"'
        )


def _query_text(query: str) -> str:
    """Return the query itself, or the text of the file that is named after an @."""
    if not query.startswith("@"):
        return query
    try:
        return Path(query[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LivelihoodError(f"the query file {query[1:]} cannot be read: {error}") from error


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
    echo_document(csv_header(contract) + "\n" if header else mapping_template(contract))


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
    echo(f"{len(blank.figures)} figures to report, in {to}")


def parse_month(text: str) -> dt.date:
    """Return the first day of a month written as YYYY-MM. Raise LivelihoodError otherwise."""
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError as error:
        raise LivelihoodError(f"{text!r} is not a month; write it like 2022-01") from error


def parse_moment(text: str) -> dt.datetime:
    """Return a date and time, in China's time zone unless it names another one."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise LivelihoodError(
            f"{text!r} is not a date and time; write it like 2023-05-02T08:30"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=TIME_ZONE)


def print_reports(reports: dict[str, SendReport]) -> None:
    """Print a table of what was sent, and below it where the rejected rows are."""
    console = DataConsole()
    table = Table("stream", box=None)
    for title in ("sent", "withdrawn", "rejected", "seconds"):
        table.add_column(title, justify="right")
    for stream, report in reports.items():
        counts = (report.sent, report.withdrawn, report.rejected)
        table.add_row(stream, *(f"{count:,}" for count in counts), f"{report.seconds:.1f}")
    console.print(table)
    for report in reports.values():
        if report.rejects_path:
            echo(f"rejected rows, with file, line and reason: {report.rejects_path}")
        for note in report.notes:
            echo(f"note: {note}")
