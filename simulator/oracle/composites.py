"""Composites of indicators: a quotient, a multiple, or an index of several."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from livelihood.registry import load_index_weights
from simulator.oracle.aggregates import Indicator
from simulator.oracle.values import PART_TYPE, PLACES, VALUE_TYPE

INDEX = "employment_quality_index"
INDEX_PLACES = 8


class Quotient(NamedTuple):
    """A factor times one indicator, divided by another unless that is None."""

    code: str
    factor: Fraction
    numerator: tuple[str, str]
    denominator: tuple[str, str] | None


QUOTIENTS = (
    Quotient(
        "urban_rural_income_ratio",
        Fraction(1),
        ("disposable_income_yuan", "urban"),
        ("disposable_income_yuan", "rural"),
    ),
    Quotient("contribution_base_floor_yuan", Fraction(6, 10), ("wage_mean_yuan", "all"), None),
    Quotient("contribution_base_ceiling_yuan", Fraction(3), ("wage_mean_yuan", "all"), None),
)
INDICATORS = tuple(
    Indicator(code, "composite", ("all",), lambda _: pl.lit(0))
    for code in (*(quotient.code for quotient in QUOTIENTS), INDEX)
)

RegionMonth = tuple[str, dt.date]
Values = dict[tuple[str, str], dict[RegionMonth, Decimal]]
Row = tuple[str, str, str, dt.date, Decimal, Decimal | None, Decimal]


def composites(indicator_values: pl.DataFrame) -> pl.DataFrame:
    """Return the composites of a table of values, in the same columns."""
    values = _by_indicator(indicator_values)
    rows = [row for quotient in QUOTIENTS for row in _quotients(quotient, values)]
    rows += _index(values)
    schema = pl.Schema(
        {
            "indicator_code": pl.String(),
            "region_code": pl.String(),
            "population": pl.String(),
            "period_month": pl.Date(),
            "numerator": PART_TYPE,
            "denominator": PART_TYPE,
            "value": VALUE_TYPE,
        }
    )
    return pl.DataFrame(rows, schema=schema, orient="row")


def _by_indicator(indicator_values: pl.DataFrame) -> Values:
    """Return the values by indicator and population, then by region and month."""
    result: Values = {}
    columns = ("indicator_code", "population", "region_code", "period_month", "value")
    for code, population, region, month, value in indicator_values.select(columns).iter_rows():
        result.setdefault((code, population), {})[region, month] = value
    return result


def _quotients(quotient: Quotient, values: Values) -> list[Row]:
    denominator = values.get(quotient.denominator, {}) if quotient.denominator else None
    rows: list[Row] = []
    for key, numerator in values.get(quotient.numerator, {}).items():
        if denominator is not None and not denominator.get(key):
            continue
        divisor = None if denominator is None else denominator[key]
        value = quotient.factor * Fraction(numerator) / Fraction(1 if divisor is None else divisor)
        rows.append((quotient.code, key[0], "all", key[1], numerator, divisor, _decimal(value)))
    return rows


def _index(values: Values) -> list[Row]:
    """Return the index where all its parts exist.

    It is the weighted arithmetic mean of the parts, each scaled from 0 at its floor to 1 at its
    ceiling (min-max normalisation), times 100.
    """
    parts = [part for part in load_index_weights() if part.index_code == INDEX]
    scores: dict[RegionMonth, Fraction] = {}
    part_counts: dict[RegionMonth, int] = {}
    for part in parts:
        weight, floor, ceiling = map(Fraction, (part.weight, part.floor, part.ceiling))
        for key, value in values.get((part.indicator_code, part.population), {}).items():
            share = (Fraction(value) - floor) / (ceiling - floor)
            score = min(max(share, Fraction(0)), Fraction(1))
            scores[key] = scores.get(key, Fraction(0)) + weight * score
            part_counts[key] = part_counts.get(key, 0) + 1
    return [
        (
            INDEX, region, "all", month, _decimal(score, INDEX_PLACES), Decimal(1),
            _decimal(100 * score),
        )
        for (region, month), score in scores.items()
        if part_counts[region, month] == len(parts)
    ]  # fmt: skip


def _decimal(value: Fraction, places: int = PLACES) -> Decimal:
    """Round the fraction, halves away from zero."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
