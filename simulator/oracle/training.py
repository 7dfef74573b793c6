"""Expected indicators of training, from participations in courses."""

from __future__ import annotations

import datetime as dt

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    PERSONS,
    Indicator,
    components,
    count,
    current,
    paid_by,
    total,
    with_zeros,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.stream_oracle import StreamOracle

_EVERY = tuple(PERSONS)

_SUBSIDISED = pl.col("subsidy_paid_fen") > 0

INDICATORS = (
    Indicator("training_persons", "flow", _EVERY, count(EVERY)),
    Indicator(
        "entrepreneurship_training_persons",
        "flow",
        _EVERY,
        count(pl.col("programme_kind") == "entrepreneurship"),
    ),
    Indicator("training_certificate_persons", "flow", _EVERY, count(pl.col("is_certified"))),
    Indicator("training_subsidised_persons", "flow", _EVERY, count(_SUBSIDISED)),
    Indicator("training_hours", "flow", _EVERY, total(pl.col("hours"), EVERY)),
    Indicator("training_pass_pct", "ratio", _EVERY, count(pl.col("has_passed")), count(EVERY)),
    Indicator(
        "training_subsidy_mean_yuan",
        "mean",
        _EVERY,
        total(pl.col("subsidy_paid_fen"), EVERY),
        count(_SUBSIDISED),
        numerator_is_money=True,
    ),
)


def certified_by(day: dt.date) -> pl.Expr:
    """Return the condition that a participant has a certificate by the day."""
    is_later = (pl.col("certificate_date") > day).fill_null(value=False)
    return (pl.col("certificate_level") != "none") & ~is_later


def training_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all indicators by the month in which the course ended."""
    has_ended = pl.col("ended_date").is_between(*data.period)
    ended = (
        current(data.rows, "training")
        .filter(has_ended)
        .with_columns(
            paid_by("subsidy_paid_fen", "subsidy_paid_date", data.as_of),
            period_month=pl.col("ended_date").dt.truncate("1mo"),
            is_certified=certified_by(data.as_of),
        )
    )
    parts = components(ended, INDICATORS, PERSONS)
    return with_zeros(parts, ended.select(KEY).unique(), INDICATORS)


ORACLE = StreamOracle("training", INDICATORS, training_components)
