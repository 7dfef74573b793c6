"""Values from sums by township: rolled up over the regions, divided and rounded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from simulator.oracle.aggregates import Indicator

REGION_CODE_LENGTHS = (9, 6, 4, 2)  # township, county, prefecture, province
INDICATOR_KEY = ("indicator_code", "region_code", "population", "period_month")
PLACES = 4
PART_TYPE, VALUE_TYPE = pl.Decimal(38, 8), pl.Decimal(38, PLACES)


def roll_up(townships: pl.DataFrame, indicators: Mapping[str, Indicator]) -> pl.DataFrame:
    """Sum over the townships of each region; leave out ratios and means without denominator."""
    levels = [
        townships.with_columns(region_code=pl.col("township_code").str.head(length))
        for length in REGION_CODE_LENGTHS
    ]
    divided = [
        code for code, indicator in indicators.items() if indicator.kind in ("ratio", "mean")
    ]
    is_divided = pl.col("indicator_code").is_in(divided)
    return (
        pl.concat(levels)
        .group_by(INDICATOR_KEY)
        .agg(pl.col("numerator").sum(), pl.col("denominator").sum())
        .filter(~is_divided | (pl.col("denominator") > 0))
        .sort(INDICATOR_KEY)
    )


def add_values(sums: pl.DataFrame, indicators: Mapping[str, Indicator]) -> pl.DataFrame:
    """Convert the sums to decimals and add the value of the indicator."""
    rows = sums.select("indicator_code", "numerator", "denominator").iter_rows()
    results = [_parts_and_value(indicators[code], above, below) for code, above, below in rows]
    columns = list(zip(*results, strict=True)) or [(), (), ()]
    return sums.select(
        *INDICATOR_KEY,
        pl.Series("numerator", columns[0], dtype=PART_TYPE),
        pl.Series("denominator", columns[1], dtype=PART_TYPE),
        pl.Series("value", columns[2], dtype=VALUE_TYPE),
    )


def _parts_and_value(
    indicator: Indicator, above: int, below: int
) -> tuple[Decimal, Decimal | None, Decimal]:
    """Return numerator, denominator and value of an indicator from its sums."""
    numerator_places, denominator_places = indicator.places
    numerator = Decimal(above).scaleb(-numerator_places)
    if indicator.kind in ("stock", "flow"):
        return numerator, None, numerator
    scale = indicator.factor * (100 if indicator.kind == "ratio" else 1)
    value = rounded(scale * above * 10**denominator_places, below * 10**numerator_places)
    return numerator, Decimal(below).scaleb(-denominator_places), value


def rounded(dividend: int, divisor: int) -> Decimal:
    """Round the fraction to four places, halves away from zero; `divisor` must be positive."""
    scaled = 2 * abs(dividend) * 10**PLACES + divisor
    magnitude = Decimal(scaled // (2 * divisor)).scaleb(-PLACES)
    return magnitude if dividend >= 0 else -magnitude
