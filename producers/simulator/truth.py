"""The truth about a simulated county: every figure, computed apart from the platform, exactly."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from producers.errors import SourceError
from producers.simulator import truth_employment, truth_insurance, truth_wages
from producers.simulator.figures import Figure, read_standards, stack
from producers.simulator.simulation import Simulation

REGION_CODE_LENGTHS = (9, 6, 4, 2)  # township, county, prefecture, province
FIGURES: dict[str, Figure] = {
    figure.code: figure
    for module in (truth_employment, truth_insurance, truth_wages)
    for figure in module.FIGURES
}
_KEY = ("indicator_code", "region_code", "population", "period_month")
_PLACES = 4


def truth(simulation: Simulation, as_of: dt.date) -> pl.DataFrame:
    """Every figure of the simulated county on a day, from all rows the platform must accept.

    Columns: indicator_code, region_code, population, period_month, and as decimals numerator and
    denominator (yuan or counts; two places) and value (four places). The denominator is null for
    stocks and flows. Rows are in the order of the first four columns.
    """
    rows = {stream: simulation.accepted(stream) for stream in simulation.frames}
    return truth_of(rows, as_of, simulation.start)


def truth_of(
    rows: Mapping[str, pl.DataFrame],
    as_of: dt.date,
    monitor_from: dt.date,
    standards: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The same from accepted raw rows by stream, in whatever order; see `truth`.

    `standards` replaces the platform's table; its columns are those of `figures.read_standards`.
    """
    if as_of < monitor_from:
        raise SourceError(f"there is no truth on {as_of}: figures begin on {monitor_from}")
    months = _months(monitor_from, as_of)
    in_force = read_standards() if standards is None else standards
    employment = truth_employment.employment_components(rows["employment"], months)
    insurance = truth_insurance.insurance_components(rows["social_insurance"], months, in_force)
    wages = truth_wages.wage_components(rows["wage_payment"], months, in_force)
    coverage = truth_insurance.pension_coverage(insurance, employment)
    return _valued(_rolled_up(stack([employment, insurance, coverage, wages])))


def _months(first: dt.date, as_of: dt.date) -> list[tuple[dt.date, dt.date]]:
    """First day of every month to that of `as_of`, and the day on which it is looked at."""
    result = []
    year, month = first.year, first.month
    while (year, month) <= (as_of.year, as_of.month):
        last = dt.date(year, month, calendar.monthrange(year, month)[1])
        result.append((dt.date(year, month, 1), min(last, as_of)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return result


def _rolled_up(townships: pl.DataFrame) -> pl.DataFrame:
    """Sums over the townships below each region; ratios and means that exist there."""
    levels = [
        townships.with_columns(region_code=pl.col("township_code").str.head(length))
        for length in REGION_CODE_LENGTHS
    ]
    divided = [code for code, figure in FIGURES.items() if figure.kind in ("ratio", "mean")]
    is_divided = pl.col("indicator_code").is_in(divided)
    return (
        pl.concat(levels)
        .group_by(_KEY)
        .agg(pl.col("numerator").sum(), pl.col("denominator").sum())
        .filter(~is_divided | (pl.col("denominator") > 0))
        .sort(_KEY)
    )


def _valued(sums: pl.DataFrame) -> pl.DataFrame:
    """The sums as decimals, with the figure's value."""
    lines = zip(
        sums["indicator_code"].to_list(),
        sums["numerator"].to_list(),
        sums["denominator"].to_list(),
        strict=True,
    )
    shown = [_shown(FIGURES[code], above, below) for code, above, below in lines]
    columns = list(zip(*shown, strict=True)) or [(), (), ()]
    two, four = pl.Decimal(38, 2), pl.Decimal(38, _PLACES)
    return sums.select(
        *_KEY,
        pl.Series("numerator", columns[0], dtype=two),
        pl.Series("denominator", columns[1], dtype=two),
        pl.Series("value", columns[2], dtype=four),
    )


def _shown(figure: Figure, above: int, below: int) -> tuple[Decimal, Decimal | None, Decimal]:
    """Numerator, denominator and value of a figure from its sums; money comes in fen."""
    numerator = _amount(above, figure.numerator_is_money)
    if figure.kind in ("stock", "flow"):
        return numerator, None, numerator
    denominator = _amount(below, figure.denominator_is_money)
    scale = 100 if figure.kind == "ratio" else 1
    fen_above = 1 if figure.numerator_is_money else 100
    fen_below = 1 if figure.denominator_is_money else 100
    value = rounded(scale * above * fen_above, below * fen_below)
    return numerator, denominator, value


def _amount(value: int, is_money: bool) -> Decimal:
    return Decimal(value).scaleb(-2) if is_money else Decimal(value)


def rounded(above: int, below: int) -> Decimal:
    """The fraction to four places, halves away from zero; `below` is positive."""
    scaled = 2 * abs(above) * 10**_PLACES + below
    magnitude = Decimal(scaled // (2 * below)).scaleb(-_PLACES)
    return magnitude if above >= 0 else -magnitude
