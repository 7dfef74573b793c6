"""The truth about a simulated county: every figure, computed apart from the platform, exactly."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from producers.errors import SourceError
from simulator.oracle import cases as cases_oracle
from simulator.oracle import composites as composites_oracle
from simulator.oracle import employment as employment_oracle
from simulator.oracle import insurance as insurance_oracle
from simulator.oracle import loans as loans_oracle
from simulator.oracle import surveys as surveys_oracle
from simulator.oracle import training as training_oracle
from simulator.oracle import wages as wages_oracle
from simulator.oracle.aggregates import Figure, read_standards, stack
from simulator.oracle.values import FIGURE_KEY, rolled_up, valued

if TYPE_CHECKING:
    # What offices report is made from figures: the simulation itself needs this module.
    from simulator.simulation import Simulation

# Streams whose figures follow from their own records and the day alone.
PLAIN = {
    "household_survey": (surveys_oracle.FIGURES, surveys_oracle.survey_components),
    "training": (training_oracle.FIGURES, training_oracle.training_components),
    "labour_case": (cases_oracle.FIGURES, cases_oracle.case_components),
    "startup_loan": (loans_oracle.FIGURES, loans_oracle.loan_components),
}
COUNTED: dict[str, Figure] = {
    figure.code: figure
    for figures in (
        employment_oracle.FIGURES,
        insurance_oracle.FIGURES,
        wages_oracle.FIGURES,
        *(figures for figures, _ in PLAIN.values()),
    )
    for figure in figures
}
FIGURES = COUNTED | {figure.code: figure for figure in composites_oracle.FIGURES}


def truth(simulation: Simulation, as_of: dt.date) -> pl.DataFrame:
    """Every figure of the simulated county on a day, from all rows the platform must accept.

    Columns: indicator_code, region_code, population, period_month, and as decimals numerator and
    denominator (yuan or counts; eight places) and value (four places). The denominator is null for
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
    months = months_between(monitor_from, as_of)
    in_force = read_standards() if standards is None else standards
    employment = employment_oracle.employment_components(rows["employment"], months)
    insurance = insurance_oracle.insurance_components(rows["social_insurance"], months, in_force)
    wages = wages_oracle.wage_components(rows["wage_payment"], months, in_force)
    coverage = insurance_oracle.pension_coverage(insurance, employment)
    plain = [count(rows[stream], months) for stream, (_, count) in PLAIN.items()]
    parts = [employment, insurance, coverage, wages, *plain]
    counted = figures_of(stack(parts))
    composed = composites_oracle.composites(counted)
    return pl.concat([counted, composed]).sort(FIGURE_KEY)


def figures_of(components: pl.DataFrame) -> pl.DataFrame:
    """The figures of all regions from components by township."""
    return valued(rolled_up(components, COUNTED), COUNTED)


def months_between(first: dt.date, as_of: dt.date) -> list[tuple[dt.date, dt.date]]:
    """First day of every month to that of `as_of`, and the day on which it is looked at."""
    result = []
    year, month = first.year, first.month
    while (year, month) <= (as_of.year, as_of.month):
        last = dt.date(year, month, calendar.monthrange(year, month)[1])
        result.append((dt.date(year, month, 1), min(last, as_of)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return result
