"""From sums by township to indicators: rolled up over the regions, divided and rounded."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from simulator.oracle.aggregates import Indicator

REGION_CODE_LENGTHS = (9, 6, 4, 2)  # township, county, prefecture, province
INDICATOR_KEY = ("indicator_code", "region_code", "population", "period_month")
PLACES = 4
PART_TYPE, VALUE_TYPE = pl.Decimal(38, 8), pl.Decimal(38, PLACES)


def rolled_up(townships: pl.DataFrame, indicators: Mapping[str, Indicator]) -> pl.DataFrame:
    """Sums over the townships below each region; ratios and means that exist there."""
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


def valued(sums: pl.DataFrame, indicators: Mapping[str, Indicator]) -> pl.DataFrame:
    """The sums as decimals, with the indicator's value."""
    lines = zip(
        sums["indicator_code"].to_list(),
        sums["numerator"].to_list(),
        sums["denominator"].to_list(),
        strict=True,
    )
    shown = [_shown(indicators[code], above, below) for code, above, below in lines]
    columns = list(zip(*shown, strict=True)) or [(), (), ()]
    return sums.select(
        *INDICATOR_KEY,
        pl.Series("numerator", columns[0], dtype=PART_TYPE),
        pl.Series("denominator", columns[1], dtype=PART_TYPE),
        pl.Series("value", columns[2], dtype=VALUE_TYPE),
    )


def _shown(indicator: Indicator, above: int, below: int) -> tuple[Decimal, Decimal | None, Decimal]:
    """Numerator, denominator and value of a indicator from its sums."""
    places_above, places_below = indicator.places
    numerator = Decimal(above).scaleb(-places_above)
    if indicator.kind in ("stock", "flow"):
        return numerator, None, numerator
    scale = indicator.factor * (100 if indicator.kind == "ratio" else 1)
    value = rounded(scale * above * 10**places_below, below * 10**places_above)
    return numerator, Decimal(below).scaleb(-places_below), value


def rounded(above: int, below: int) -> Decimal:
    """The fraction to four places, halves away from zero; `below` is positive."""
    scaled = 2 * abs(above) * 10**PLACES + below
    magnitude = Decimal(scaled // (2 * below)).scaleb(-PLACES)
    return magnitude if above >= 0 else -magnitude
