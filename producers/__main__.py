"""The command line of the producers: simulate a county, send a file, print a blank form."""

from __future__ import annotations

import datetime as dt
import functools
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from livelihood.contracts import load_contract
from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from producers.importing import import_source
from producers.sender import SendReport
from producers.simulated import send_simulation
from producers.sources.file import FileSource
from producers.sources.mapping import plain_mapping, read_mapping
from producers.template import csv_header, mapping_template

app = typer.Typer(
    name="producers",
    help="Send records to the platform. Identity numbers are replaced by tokens before they leave.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # A traceback with local variables would show identity numbers.
    pretty_exceptions_enable=False,
)
Stream = Annotated[str, typer.Argument(help="employment, social_insurance or wage_payment.")]


@app.command()
def simulate(
    area: Annotated[str, typer.Option(help="Simulated county.")] = "ceheng",
    start: Annotated[str, typer.Option("--from", help="First month, YYYY-MM.")] = "2022-01",
    end: Annotated[str, typer.Option("--to", help="Last month, YYYY-MM.")] = "2023-06",
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
    from producers import simulator
    from producers.simulator.truth import truth as true_figures

    first, last = _month(start), _last_day(_month(end))
    if last < first:
        raise LivelihoodError(f"the last month {end} lies before the first one {start}")
    profile = simulator.load_profile(area)
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
    chosen = read_mapping(mapping, contract) if mapping else plain_mapping(contract)
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
