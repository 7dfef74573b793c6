"""Expected values of every indicator, computed exactly and independently of the platform."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping

import polars as pl

from producers.errors import SourceError
from simulator.discovery import discover
from simulator.oracle import composites
from simulator.oracle.aggregates import Indicator, stack
from simulator.oracle.inputs import OracleInput
from simulator.oracle.pension_coverage import PENSION_COVERAGE, pension_coverage
from simulator.oracle.stream_oracle import StreamOracle
from simulator.oracle.values import INDICATOR_KEY, add_values, roll_up

ORACLES = discover("simulator.oracle", "ORACLE", StreamOracle)
COUNTED: dict[str, Indicator] = {
    indicator.code: indicator
    for oracle in ORACLES
    for indicator in (*oracle.indicators, PENSION_COVERAGE)
}
INDICATORS = COUNTED | {indicator.code: indicator for indicator in composites.INDICATORS}


def expected_indicators(
    rows: Mapping[str, pl.DataFrame],
    as_of: dt.date,
    monitor_from: dt.date,
    standards: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return every value on a day from accepted raw records by stream, in whatever order.

    Columns: indicator_code, region_code, population, period_month, and as decimals numerator and
    denominator (yuan or counts; eight places) and value (four places). The denominator is null for
    stocks and flows. Rows are sorted by the first four columns. `standards` replaces the table of
    the platform. Its columns are those of `read_standards`. Raises `SourceError` if the day is
    before the first month.
    """
    if as_of < monitor_from:
        raise SourceError(f"no indicators are expected on {as_of}: they begin on {monitor_from}")
    data = OracleInput.from_month(rows, monitor_from, as_of, standards)
    parts = stack(oracle.components(data) for oracle in ORACLES)
    counted = _values(stack([parts, pension_coverage(parts)]))
    return pl.concat([counted, composites.composites(counted)]).sort(INDICATOR_KEY)


def values_of(codes: Collection[str], data: OracleInput) -> pl.DataFrame:
    """Return the values of some counted indicators, from the streams that define them."""
    parts = [
        oracle.components(data)
        for oracle in ORACLES
        if any(indicator.code in codes for indicator in oracle.indicators)
    ]
    return _values(stack(parts).filter(pl.col("indicator_code").is_in(list(codes))))


def _values(components: pl.DataFrame) -> pl.DataFrame:
    """Return the values of all regions from components by township."""
    return add_values(roll_up(components, COUNTED), COUNTED)
