"""Indicator values of the platform, to be compared with those of the oracle row by row."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from livelihood.settings import Settings
from livelihood.warehouse import connect

KEY = ["indicator_code", "region_code", "population", "period_month"]
VALUES = ["numerator", "denominator", "value"]


def indicator_values(settings: Settings, table: str) -> pl.DataFrame:
    """Return all rows of an indicator table, with exact decimals."""
    columns = ", ".join([*KEY, *(f"{name}::text" for name in VALUES)])
    with connect(settings) as connection:
        rows = connection.execute(f"select {columns} from {table}".encode()).fetchall()
    schema = dict.fromkeys(KEY[:3], pl.String) | {"period_month": pl.Date}
    frame = pl.DataFrame(rows, schema=schema | dict.fromkeys(VALUES, pl.String), orient="row")
    return _exact(frame)


def assert_values_equal(actual: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Fail with the first values that differ, are missing or unexpected."""
    assert expected.height > 0
    assert_frame_equal(actual.sort(KEY), _exact(expected).sort(KEY))


def _exact(frame: pl.DataFrame) -> pl.DataFrame:
    decimals = [pl.col(name).cast(pl.Decimal(38, 8)) for name in VALUES]
    return frame.select(*KEY, *decimals)
