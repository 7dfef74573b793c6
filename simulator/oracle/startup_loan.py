"""Expected indicators of start-up loans."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    PERSONS,
    Indicator,
    components,
    count,
    current,
    stack,
    total,
    with_zeros,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.stream_oracle import StreamOracle

_EVERY = tuple(PERSONS)

GRANTED = (
    Indicator(
        "startup_loan_granted_yuan",
        "flow",
        _EVERY,
        total(pl.col("principal_fen"), EVERY),
        numerator_is_money=True,
    ),
    Indicator("startup_loan_borrowers_persons", "flow", _EVERY, count(EVERY)),
    Indicator(
        "startup_loan_employed_persons", "flow", _EVERY, total(pl.col("employed_persons"), EVERY)
    ),
)
_ON_TIME = (pl.col("repaid_date") <= pl.col("repayment_due_date")).fill_null(value=False)
_SUBSIDY = pl.col("interest_subsidy_due_fen")
DUE = (
    Indicator("startup_loan_on_time_pct", "ratio", ("all",), count(_ON_TIME), count(EVERY)),
    Indicator(
        "startup_loan_subsidy_pct",
        "ratio",
        ("all",),
        total(pl.min_horizontal("interest_subsidy_paid_fen", _SUBSIDY), EVERY),
        total(_SUBSIDY, EVERY),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
)
INDICATORS = (*GRANTED, *DUE)


def loan_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all indicators: by month of the grant, and of the due date."""
    loans = current(data.rows, "startup_loan")
    granted = _with_month(
        loans.filter(pl.col("granted_date").is_between(*data.period)), "granted_date"
    )
    due = _with_month(loans.filter(data.is_due("repayment_due_date")), "repayment_due_date")
    parts = stack([components(granted, GRANTED, PERSONS), components(due, DUE, PERSONS)])
    keys = pl.concat([granted.select(KEY), due.select(KEY)]).unique()
    return with_zeros(parts, keys, INDICATORS)


ORACLE = StreamOracle("startup_loan", INDICATORS, loan_components)


def _with_month(loans: pl.DataFrame, date: str) -> pl.DataFrame:
    return loans.with_columns(period_month=pl.col(date).dt.truncate("1mo"))
