"""Expected indicators of income, from surveyed households."""

from __future__ import annotations

import datetime as dt

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    Indicator,
    components,
    current,
    stack,
    total,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.stream_oracle import StreamOracle

POPULATIONS = {
    "all": EVERY,
    "urban": pl.col("residence") == "urban",
    "rural": pl.col("residence") == "rural",
    "exited_poverty": pl.col("is_exited_poverty"),
    "low_income": pl.col("is_low_income"),
}
_EVERY = tuple(POPULATIONS)
SOURCES = ("wage", "business", "property", "transfer")
QUARTERS = 4
# Fen times thousandths of a household; persons times thousandths of one.
INCOME_PLACES, PERSONS_PLACES = 5, 3

_weight = pl.col("weight_permille")
_persons = pl.col("persons").cast(pl.Int64) * _weight
_incomes = {source: pl.col(f"{source}_income_fen") for source in SOURCES}
_disposable = pl.sum_horizontal(*_incomes.values())


def _mean(name: str, income: pl.Expr) -> Indicator:
    """Define an income per head and year: four times the mean of four quarters."""
    return Indicator(
        f"{name}_income_yuan",
        "mean",
        _EVERY,
        total(income * _weight, EVERY),
        total(_persons, EVERY),
        numerator_places=INCOME_PLACES,
        denominator_places=PERSONS_PLACES,
        factor=QUARTERS,
    )


def _share(source: str) -> Indicator:
    """Define the share of an income in all income of four quarters."""
    return Indicator(
        f"{source}_income_pct",
        "ratio",
        _EVERY,
        total(_incomes[source] * _weight, EVERY),
        total(_disposable * _weight, EVERY),
        numerator_places=INCOME_PLACES,
        denominator_places=INCOME_PLACES,
    )


INCOMES = (
    _mean("disposable", _disposable),
    *(_mean(source, income) for source, income in _incomes.items()),
    _share("property"),
    _share("transfer"),
)
INDICATORS = INCOMES


def survey_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all incomes in the last months of quarters."""
    records = current(data.rows, "household_survey")
    closing = [first for first, _ in data.months if first.month % 3 == 0]
    return stack(components(_trailing(records, month), INCOMES, POPULATIONS) for month in closing)


ORACLE = StreamOracle("household_survey", INDICATORS, survey_components)


def _trailing(records: pl.DataFrame, month: dt.date) -> pl.DataFrame:
    """Return the interviews of the quarter that ends with the month and of the three before."""
    month_number = month.year * 12 + month.month
    number = pl.col("quarter_month").dt.year() * 12 + pl.col("quarter_month").dt.month()
    covered = number.is_between(month_number - 3 * (QUARTERS - 1), month_number)
    return records.filter(covered).with_columns(period_month=pl.lit(month))
