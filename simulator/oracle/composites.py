"""What figures over figures truly are: one over another, a multiple of one, an index of several."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from livelihood.registry.seeds import SEEDS
from simulator.oracle.aggregates import Indicator
from simulator.oracle.values import PART_TYPE, PLACES, VALUE_TYPE

WEIGHTS_FILE = SEEDS / "index_weights.csv"
INDEX = "employment_quality_index"
INDEX_PLACES = 8


class Quotient(NamedTuple):
    """A factor times one figure, over another unless that is None."""

    code: str
    factor: Fraction
    above: tuple[str, str]
    below: tuple[str, str] | None


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

Place = tuple[str, dt.date]
Values = dict[tuple[str, str], dict[Place, Decimal]]
Row = tuple[str, str, str, dt.date, Decimal, Decimal | None, Decimal]


def composites(figures: pl.DataFrame) -> pl.DataFrame:
    """The composites of a table of figures, in its columns."""
    values = _by_figure(figures)
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


def _by_figure(figures: pl.DataFrame) -> Values:
    """Values of indicator and population by region and month."""
    result: Values = {}
    columns = ("indicator_code", "population", "region_code", "period_month", "value")
    for code, population, region, month, value in figures.select(columns).iter_rows():
        result.setdefault((code, population), {})[region, month] = value
    return result


def _quotients(quotient: Quotient, values: Values) -> list[Row]:
    below = values.get(quotient.below, {}) if quotient.below else None
    rows: list[Row] = []
    for place, above in values.get(quotient.above, {}).items():
        if below is not None and not below.get(place):
            continue
        under = None if below is None else below[place]
        value = quotient.factor * Fraction(above) / Fraction(1 if under is None else under)
        rows.append((quotient.code, place[0], "all", place[1], above, under, _decimal(value)))
    return rows


def _index(values: Values) -> list[Row]:
    """The index where all its parts exist: each counts by its place between floor and ceiling."""
    parts = pl.read_csv(WEIGHTS_FILE, infer_schema=False).filter(pl.col("index_code") == INDEX)
    scores: dict[Place, Fraction] = {}
    found: dict[Place, int] = {}
    for part in parts.iter_rows(named=True):
        weight, floor, ceiling = (Fraction(part[name]) for name in ("weight", "floor", "ceiling"))
        for place, value in values.get((part["indicator_code"], part["population"]), {}).items():
            share = (Fraction(value) - floor) / (ceiling - floor)
            within = min(max(share, Fraction(0)), Fraction(1))
            scores[place] = scores.get(place, Fraction(0)) + weight * within
            found[place] = found.get(place, 0) + 1
    return [
        (
            INDEX, region, "all", month, _decimal(score, INDEX_PLACES), Decimal(1),
            _decimal(100 * score),
        )
        for (region, month), score in scores.items()
        if found[region, month] == parts.height
    ]  # fmt: skip


def _decimal(value: Fraction, places: int = PLACES) -> Decimal:
    """The fraction rounded, halves away from zero."""
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(value.numerator) / Decimal(value.denominator)
        return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
