"""The platform's figures as a frame, to be compared with the simulator's truth row by row."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from livelihood.settings import Settings
from livelihood.warehouse import connect

KEY = ["indicator_code", "region_code", "population", "period_month"]
FIGURES = ["numerator", "denominator", "value"]


def figures(settings: Settings, table: str) -> pl.DataFrame:
    """All rows of an indicator table, exact decimals."""
    columns = ", ".join([*KEY, *(f"{name}::text" for name in FIGURES)])
    with connect(settings) as connection:
        rows = connection.execute(f"select {columns} from {table}".encode()).fetchall()
    schema = dict.fromkeys(KEY[:3], pl.String) | {"period_month": pl.Date}
    frame = pl.DataFrame(rows, schema=schema | dict.fromkeys(FIGURES, pl.String), orient="row")
    return _exact(frame)


def assert_equals_truth(found: pl.DataFrame, truth: pl.DataFrame) -> None:
    """Fail naming the first figures that differ, are missing or should not be there."""
    assert truth.height > 0
    assert_frame_equal(found.sort(KEY), _exact(truth).sort(KEY))


def _exact(frame: pl.DataFrame) -> pl.DataFrame:
    decimals = [pl.col(name).cast(pl.Decimal(38, 8)) for name in FIGURES]
    return frame.select(*KEY, *decimals)
