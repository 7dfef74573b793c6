"""The county at full size: its records, and values near those of the plan."""

import datetime as dt
from decimal import Decimal

import polars as pl

from simulator import STREAMS, load_profile, simulate


def test_ceheng_at_full_size_is_plausible() -> None:
    county = simulate(load_profile(), 2022, dt.date(2022, 1, 1), dt.date(2023, 6, 30))
    sizes = {stream: county.frame(stream).height for stream in STREAMS}
    assert 1_000_000 <= sum(sizes.values()) <= 1_200_000
    assert_values_near_the_plan(county.expected_indicators(dt.date(2023, 6, 30)))


def assert_values_near_the_plan(values: pl.DataFrame) -> None:
    last = values.filter(
        (pl.col("region_code") == "522327") & (pl.col("period_month") == dt.date(2023, 6, 1))
    )
    value = {
        (code, population): shown
        for code, population, shown in last.select(
            "indicator_code", "population", "value"
        ).iter_rows()
    }
    assert 9_700 < value["employed_persons", "exited_poverty"] < 10_400
    assert 67 < value["organised_export_pct", "all"] < 71
    assert 94 < value["post_retention_pct", "all"] < 97
    assert 0 <= value["zero_employment_households", "all"] < 40
    assert 97 < value["wage_on_time_full_pct", "all"] < Decimal("99.5")
    assert 99 < value["real_name_cover_pct", "all"] < 100
