"""What the figures of start-up loans truly are, from the loans themselves."""

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
    stack,
    total,
    with_zeros,
)

_EVERY = tuple(PERSONS)

GRANTED = (
    Figure(
        "startup_loan_granted_yuan",
        "flow",
        _EVERY,
        total(pl.col("principal_fen"), EVERY),
        numerator_is_money=True,
    ),
    Figure("startup_loan_borrowers_persons", "flow", _EVERY, count(EVERY)),
    Figure(
        "startup_loan_employed_persons", "flow", _EVERY, total(pl.col("employed_persons"), EVERY)
    ),
)
_ON_TIME = (pl.col("repaid_date") <= pl.col("repayment_due_date")).fill_null(value=False)
_SUBSIDY = pl.col("interest_subsidy_due_fen")
DUE = (
    Figure("startup_loan_on_time_pct", "ratio", ("all",), count(_ON_TIME), count(EVERY)),
    Figure(
        "startup_loan_subsidy_pct",
        "ratio",
        ("all",),
        total(pl.min_horizontal("interest_subsidy_paid_fen", _SUBSIDY), EVERY),
        total(_SUBSIDY, EVERY),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
)
FIGURES = (*GRANTED, *DUE)


def loan_components(rows: pl.DataFrame, months: list[tuple[dt.date, dt.date]]) -> pl.DataFrame:
    """Components of all figures of loans: by the month of the grant, and by that of the term."""
    loans = current(rows)
    granted, due = (_in_month(loans, day, months) for day in ("granted_date", "repayment_due_date"))
    parts = stack([components(granted, GRANTED, PERSONS), components(due, DUE, PERSONS)])
    keys = pl.concat([granted.select(KEY), due.select(KEY)]).unique()
    return with_zeros(parts, keys, FIGURES)


def _in_month(loans: pl.DataFrame, day: str, months: list[tuple[dt.date, dt.date]]) -> pl.DataFrame:
    """The loans whose day lies in the months, with its month."""
    is_in = pl.col(day).is_between(months[0][0], months[-1][1])
    return loans.filter(is_in).with_columns(period_month=pl.col(day).dt.truncate("1mo"))
