"""What the training figures of a county truly are, from the participations themselves."""

from __future__ import annotations

import datetime as dt

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    PERSONS,
    Figure,
    components,
    count,
    current,
    total,
    with_zeros,
)

_EVERY = tuple(PERSONS)

_SUBSIDISED = pl.col("subsidy_paid_fen") > 0

FIGURES = (
    Figure("training_persons", "flow", _EVERY, count(EVERY)),
    Figure(
        "entrepreneurship_training_persons",
        "flow",
        _EVERY,
        count(pl.col("programme_kind") == "entrepreneurship"),
    ),
    Figure(
        "training_certificate_persons", "flow", _EVERY, count(pl.col("certificate_level") != "none")
    ),
    Figure("training_subsidised_persons", "flow", _EVERY, count(_SUBSIDISED)),
    Figure("training_hours", "flow", _EVERY, total(pl.col("hours"), EVERY)),
    Figure("training_pass_pct", "ratio", _EVERY, count(pl.col("has_passed")), count(EVERY)),
    Figure(
        "training_subsidy_mean_yuan",
        "mean",
        _EVERY,
        total(pl.col("subsidy_paid_fen"), EVERY),
        count(_SUBSIDISED),
        numerator_is_money=True,
    ),
)


def training_components(rows: pl.DataFrame, months: list[tuple[dt.date, dt.date]]) -> pl.DataFrame:
    """Components of all training figures by the month in which the course ended."""
    has_ended = pl.col("ended_date").is_between(months[0][0], months[-1][1])
    ended = (
        current(rows)
        .filter(has_ended)
        .with_columns(period_month=pl.col("ended_date").dt.truncate("1mo"))
    )
    parts = components(ended, FIGURES, PERSONS)
    return with_zeros(parts, ended.select(KEY).unique(), FIGURES)
