"""The command line of the producers: simulate a county, send a file, print a blank form."""

from __future__ import annotations

import datetime as dt
import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from producers.forms import form_mapping, form_of, write_form
from producers.importing import import_source
from producers.sender import SendReport
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping, read_mapping
from producers.template import csv_header, mapping_template
from simulator.sending import send_simulation

if TYPE_CHECKING:
    # At run time it is imported by the one command that needs it.
    from simulator import Profile

app = typer.Typer(
    name="producers",
    help="Send records to the platform. Identity numbers are replaced by tokens before they leave.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # A traceback with local variables would show identity numbers.
    pretty_exceptions_enable=False,
)
Stream = Annotated[str, typer.Argument(help="Stream, such as employment or reported_figure.")]


@app.command()
def simulate(
    area: Annotated[str, typer.Option(help="Simulated county or city.")] = "ceheng",
    start: Annotated[
        str | None, typer.Option("--from", help="First month, YYYY-MM; default: the area's.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Last month, YYYY-MM; default: the area's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Equal seeds, equal counties.")] = 1,
    faults: Annotated[
        bool, typer.Option(help="Plant late, corrected and malformed records.")
    ] = True,
    scale: Annotated[
        float,
        typer.Option(min=0.0001, max=1.0, help="Share of the county's size, for trials only."),
    ] = 1.0,
    truth: Annotated[
        Path | None, typer.Option(help="Also write the true figures to this Parquet file.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Day of the true figures, YYYY-MM-DD; default: the last day.")
    ] = None,
) -> None:
    """Simulate a county and send all its records; run again, it sends only what is missing."""
    import simulator
    from simulator.oracle.indicators import truth as true_figures

    profile = simulator.load_profile(area)
    first, last = _period(profile, start, end)
    console = Console(stderr=True)

    @functools.cache
    def made() -> simulator.Simulation:
        with console.status(f"simulating {area} from {first} to {last}"):
            smaller = profile if scale == 1.0 else profile.scaled(scale)
            return simulator.simulate(smaller, seed, first, last, faults=faults)

    if truth is not None:
        day = _day(as_of) if as_of else last
        true_figures(made(), day).write_parquet(truth)
        console.print(f"true figures of {day} are in {truth}", highlight=False)
    described = {
        "profile": profile.model_dump_json(),
        "scale": scale,
        "seed": seed,
        "from": first,
        "to": last,
        "faults": faults,
    }
    _show(send_simulation(get_settings(), made, described))


@app.command()
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
    """Send a file once: interrupted, it goes on where it stopped; sent, it is not sent again."""
    contract = load_contract(stream)
    shipped = form_mapping(source, contract) or plain_mapping(contract)
    chosen = read_mapping(mapping, contract) if mapping else shipped
    file = FileSource(source, chosen.file)
    report = import_source(get_settings(), contract, file, chosen, source_system)
    _show({stream: report})
    if report.rejected:
        raise typer.Exit(3)


@app.command()
def template(
    stream: Stream,
    header: Annotated[
        bool, typer.Option("--header", help="Only the header of a CSV file.")
    ] = False,
) -> None:
    """Print a mapping file to fill in, or the header of a CSV file that needs none."""
    contract = load_contract(stream)
    sys.stdout.write(csv_header(contract) + "\n" if header else mapping_template(contract))


@app.command()
def form(
    plan: Annotated[str, typer.Option(help="Plan, such as ceheng_income_2022.")],
    quarter: Annotated[str, typer.Option(help="Last month of the quarter, YYYY-MM.")],
    office: Annotated[str, typer.Option(help="Office that reports, such as 县人社局.")],
    to: Annotated[Path, typer.Option(help="Excel file to write.")],
) -> None:
    """Write the blank form of an office's quarterly report; filled in, `send` takes it."""
    blank = form_of(plan, office, _month(quarter))
    write_form(blank, to)
    Console().print(f"{len(blank.figures)} figures to report, in {to}", highlight=False)


def _period(profile: Profile, start: str | None, end: str | None) -> tuple[dt.date, dt.date]:
    """First and last day that are simulated: the area's, unless the months are given."""
    first = _month(start) if start else profile.starts_on
    last = _last_day(_month(end)) if end else profile.ends_on
    if last < first:
        raise LivelihoodError(f"the last month {last:%Y-%m} lies before the first {first:%Y-%m}")
    return first, last


def _month(text: str) -> dt.date:
    try:
        return dt.datetime.strptime(text, "%Y-%m").date()
    except ValueError as error:
        raise LivelihoodError(f"{text!r} is not a month; write it like 2022-01") from error


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise LivelihoodError(f"{text!r} is not a day; write it like 2022-01-31") from error


def _last_day(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


def _show(reports: dict[str, SendReport]) -> None:
    """A table of what was sent on stdout; where the rejects are, below it."""
    console = Console()
    table = Table("stream", box=None)
    for title in ("sent", "rejected", "seconds"):
        table.add_column(title, justify="right")
    for stream, done in reports.items():
        table.add_row(stream, f"{done.sent:,}", f"{done.rejected:,}", f"{done.seconds:.1f}")
    console.print(table)
    for done in reports.values():
        if done.rejects_path:
            where = f"rejected rows, with file, line and reason: {done.rejects_path}"
            console.print(where, highlight=False, soft_wrap=True)


def main() -> None:
    """Run a command; an error meant for people is printed as one sentence and exits with 1."""
    try:
        app()
    except LivelihoodError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
