"""The command that simulates an area and sends its records."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livelihood.cli.send import parse_month, print_reports
from livelihood.errors import LivelihoodError
from livelihood.settings import get_settings
from livelihood.terminal import DataConsole

if TYPE_CHECKING:
    from simulator import Profile, Simulation


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(simulate)


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
    oracle: Annotated[
        Path | None,
        typer.Option(
            "--oracle", "--truth", help="Also write the expected values to this Parquet file."
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Day of the expected values, YYYY-MM-DD; default: the last day."),
    ] = None,
) -> None:
    """Simulate a county and send all its records; run again, it sends only what is missing."""
    import simulator
    from simulator.sending import send_simulation

    profile = simulator.load_profile(area)
    first, last = _period(profile, start, end)
    console = DataConsole(stderr=True)

    @functools.cache
    def simulation() -> Simulation:
        with console.status(f"simulating {area} from {first} to {last}"):
            scaled = profile if scale == 1.0 else profile.scaled(scale)
            return simulator.simulate(scaled, seed, first, last, faults=faults)

    if oracle is not None:
        day = _parse_day(as_of) if as_of else last
        simulation().expected_indicators(day).write_parquet(oracle)
        console.print(f"expected values of {day} are in {oracle}", highlight=False)
    parameters = {"profile": profile.model_dump_json(), "scale": scale, "seed": seed}
    parameters |= {"from": first, "to": last, "faults": faults}
    print_reports(send_simulation(get_settings(), simulation, parameters))


def _period(profile: Profile, start: str | None, end: str | None) -> tuple[dt.date, dt.date]:
    """Return the first and last simulated day: the area's, unless the months are given."""
    first = parse_month(start) if start else profile.starts_on
    last = _last_day(parse_month(end)) if end else profile.ends_on
    if last < first:
        raise LivelihoodError(f"the last month {last:%Y-%m} is before the first {first:%Y-%m}")
    return first, last


def _parse_day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise LivelihoodError(f"{text!r} is not a day; write it like 2022-01-31") from error


def _last_day(month: dt.date) -> dt.date:
    return (month + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
