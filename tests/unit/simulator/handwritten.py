"""Records written by hand, and the values that the oracle computes from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from simulator import STREAMS
from simulator.oracle.indicators import expected_indicators
from simulator.records import raw_schema

# Numerator, denominator and value by indicator, population, region and number of the month.
Values = dict[tuple[str, str, str, int], tuple[Any, Any, Any]]

HERE, THERE = "522327001", "522327002"
JANUARY = dt.date(2022, 1, 1)
NOON = dt.datetime(2022, 2, 1, 4, tzinfo=dt.UTC)
STANDARDS = pl.DataFrame(
    [
        ("minimum_wage_monthly", "5223", 100_000, dt.date(2020, 1, 1)),
        ("minimum_wage_monthly", "522327", 157_000, dt.date(2019, 12, 1)),
        ("minimum_wage_monthly", "522327", 166_000, dt.date(2022, 2, 1)),
        ("resident_basic_pension_minimum", "522327", 10_300, dt.date(2021, 1, 1)),
        ("resident_basic_pension_minimum", "522327", 11_800, dt.date(2022, 2, 1)),
    ],
    schema=["standard", "region_code", "value_fen", "valid_from"],
    orient="row",
)


def rows(stream: str, *facts: dict[str, object]) -> pl.DataFrame:
    """Return raw records; columns that a fact does not have are false or null."""
    schema = raw_schema(stream)
    blank: dict[str, object] = {
        name: False if type_ == pl.Boolean() else None for name, type_ in schema.items()
    }
    blank |= {"revision": 1, "operation": "upsert", "recorded_at": NOON, "township_code": HERE}
    blank |= {"source_system": "test"}
    records = [blank | {"record_id": f"r{index}"} | fact for index, fact in enumerate(facts)]
    return pl.DataFrame(records, schema=schema)


def expected_values(as_of: dt.date = dt.date(2022, 2, 28), **streams: pl.DataFrame) -> Values:
    """Return numerator, denominator and value by indicator, population, region and month."""
    frames = {stream: streams.get(stream, rows(stream)) for stream in STREAMS}
    table = expected_indicators(frames, as_of, JANUARY, STANDARDS)
    return {
        (code, population, region, month.month): (numerator, denominator, value)
        for code, region, population, month, numerator, denominator, value in table.iter_rows()
    }
