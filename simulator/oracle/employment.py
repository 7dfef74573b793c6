"""Expected indicators of employment, from spells of work and unemployment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    Indicator,
    components,
    count,
    current,
    stack,
    with_zeros,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.stream_oracle import StreamOracle

OPEN_END = dt.date(9999, 12, 31)

POPULATIONS = {
    "all": EVERY,
    "urban": pl.col("residence") == "urban",
    "rural": pl.col("residence") == "rural",
    **{
        name: pl.col(f"is_{name}")
        for name in (
            "exited_poverty", "relocated", "graduate", "hardship", "disabled", "veteran",
            "monitored", "low_income", "migrant_worker",
        )
    },
}  # fmt: skip
_EVERY = tuple(POPULATIONS)
_HOUSEHOLDS = ("all", "urban", "exited_poverty", "relocated", "monitored", "low_income")
_NEWLY = ("all", "hardship", "exited_poverty", "relocated", "veteran", "graduate")

_EMPLOYED = pl.col("status") == "employed"
_UNEMPLOYED = pl.col("status") == "unemployed"
_LABOUR_FORCE = _EMPLOYED | _UNEMPLOYED
_AWAY = _EMPLOYED & (pl.col("workplace_scope") != "in_county")
_WELFARE = _EMPLOYED & (pl.col("post_type") == "public_welfare")
_POOR = pl.col("is_monitored") | pl.col("is_low_income") | pl.col("is_exited_poverty")
_SKILLED = _EMPLOYED & pl.col("skill_level").is_not_null() & (pl.col("skill_level") != "none")
_OF_CLASS = (
    _LABOUR_FORCE & pl.col("is_graduate") & (pl.col("graduation_year") == pl.col("class_year"))
)

AT_MONTH_END = (
    Indicator("employed_persons", "stock", _EVERY, count(_EMPLOYED)),
    Indicator("labour_force_persons", "stock", _EVERY, count(_LABOUR_FORCE)),
    Indicator("employment_rate_pct", "ratio", _EVERY, count(_EMPLOYED), count(_LABOUR_FORCE)),
    Indicator(
        "unemployment_rate_pct", "ratio", ("all", "urban"), count(_UNEMPLOYED), count(_LABOUR_FORCE)
    ),
    Indicator(
        "export_employed_persons", "stock", ("all", "rural", "exited_poverty"), count(_AWAY)
    ),
    Indicator(
        "organised_export_pct",
        "ratio",
        ("all", "exited_poverty"),
        count(_AWAY & (pl.col("channel") == "organised")),
        count(_AWAY),
    ),
    Indicator("public_welfare_post_persons", "stock", ("all",), count(_WELFARE)),
    Indicator(
        "public_welfare_low_income_pct", "ratio", ("all",), count(_WELFARE & _POOR), count(_WELFARE)
    ),
    Indicator("skilled_worker_pct", "ratio", ("all",), count(_SKILLED), count(_EMPLOYED)),
    Indicator(
        "self_employed_persons",
        "stock",
        ("all",),
        count(_EMPLOYED & (pl.col("post_type") == "self_employed")),
    ),
    Indicator(
        "graduate_placement_pct", "ratio", ("all",), count(_OF_CLASS & _EMPLOYED), count(_OF_CLASS)
    ),
)  # fmt: skip
STARTED = (
    Indicator("newly_employed_persons", "flow", _NEWLY, count(_EMPLOYED)),
    Indicator(
        "new_urban_employed_persons", "flow", ("all",), count(_EMPLOYED & pl.col("is_urban_post"))
    ),
)  # fmt: skip

_NONE_EMPLOYED = ~pl.col("has_employed")
HOUSEHOLDS = (
    Indicator("labour_households", "stock", _HOUSEHOLDS, count(EVERY)),
    Indicator("zero_employment_households", "stock", _HOUSEHOLDS, count(_NONE_EMPLOYED)),
    Indicator(
        "household_employment_pct",
        "ratio",
        _HOUSEHOLDS,
        count(~_NONE_EMPLOYED),
        count(EVERY),
    ),
)
_IN_ENTERPRISE = _EMPLOYED & (pl.col("employer_kind") == "enterprise")
RETENTION = (
    Indicator(
        "post_retention_pct",
        "ratio",
        ("all",),
        count(_IN_ENTERPRISE & pl.col("is_still_active")),
        count(_IN_ENTERPRISE),
    ),
)
INDICATORS = (*AT_MONTH_END, *STARTED, *HOUSEHOLDS, *RETENTION)


def employment_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all indicators of employment."""
    spells = spells_of(current(data.rows, "employment"))
    return stack(part for first, end in data.months for part in _month(spells, first, end))


ORACLE = StreamOracle("employment", INDICATORS, employment_components)


def spells_of(records: pl.DataFrame) -> pl.DataFrame:
    """Add `last_day` to the records: a spell ends where the next one of the person begins.

    Spells that would end before they begin are left out.
    """
    next_start = pl.col("effective_date").shift(-1).over("identity_number")
    return (
        records.sort("identity_number", "effective_date", "record_id", "source_system")
        .with_columns(
            last_day=pl.min_horizontal(
                pl.col("end_date").fill_null(OPEN_END), next_start.dt.offset_by("-1d")
            )
        )
        .filter(pl.col("last_day") >= pl.col("effective_date"))
    )


def _month(spells: pl.DataFrame, first: dt.date, end: dt.date) -> Iterator[pl.DataFrame]:
    class_year = first.year if first.month >= 7 else first.year - 1
    spells = spells.with_columns(
        period_month=pl.lit(first), class_year=pl.lit(class_year, pl.Int32)
    )
    active = spells.filter(_active_on(end))
    started = spells.filter(pl.col("effective_date").is_between(first, end))
    keys = pl.concat([active.select(KEY), started.select(KEY)]).unique()
    persons = components(active, AT_MONTH_END, POPULATIONS)
    starters = components(started, STARTED, POPULATIONS)
    households = components(_households(active), HOUSEHOLDS, _household_populations())
    stocks = stack([persons, starters, households])
    yield with_zeros(stocks, keys, INDICATORS)
    before = spells.filter(_active_on(first - dt.timedelta(days=1)))
    before = before.with_columns(is_still_active=pl.col("last_day") >= end)
    yield components(before, RETENTION, POPULATIONS)


def _active_on(day: dt.date) -> pl.Expr:
    return (pl.col("effective_date") <= day) & (pl.col("last_day") >= day)


def _households(active: pl.DataFrame) -> pl.DataFrame:
    """Return one row per township and household with a member in the labour force."""
    return (
        active.filter(_LABOUR_FORCE)
        .group_by(*KEY, "household_number")
        .agg(
            has_employed=_EMPLOYED.any(),
            **{name: POPULATIONS[name].any() for name in _HOUSEHOLDS if name != "all"},
        )
    )


def _household_populations() -> dict[str, pl.Expr]:
    return {name: EVERY if name == "all" else pl.col(name) for name in _HOUSEHOLDS}
