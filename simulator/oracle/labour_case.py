"""Expected indicators of labour cases."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    Indicator,
    components,
    count,
    current,
    total,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.stream_oracle import StreamOracle

POPULATIONS = {"all": EVERY, "migrant_worker": pl.col("is_migrant_worker")}
_EVERY = tuple(POPULATIONS)
# Days of the limit, usual and extended; sixty working days are taken as twelve weeks.
LIMITS = {
    "complaint": (84, 126),
    "inspection": (84, 126),
    "mediation": (15, 15),
    "arbitration": (45, 60),
}

_CLOSED = pl.col("closed_date") <= pl.col("as_of")
_ON_TIME = _CLOSED & (pl.col("closed_date") <= pl.col("limit_date"))
_WAGE = pl.col("is_wage_case")

INDICATORS = (
    Indicator("labour_case_closed_pct", "ratio", _EVERY, count(_CLOSED), count(EVERY)),
    Indicator("labour_case_on_time_pct", "ratio", _EVERY, count(_ON_TIME), count(EVERY)),
    *(
        Indicator(
            f"{kind}_closed_pct",
            "ratio",
            _EVERY,
            count((pl.col("case_kind") == kind) & _CLOSED),
            count(pl.col("case_kind") == kind),
        )
        for kind in LIMITS
    ),
    Indicator(
        "arbitration_on_time_pct",
        "ratio",
        _EVERY,
        count((pl.col("case_kind") == "arbitration") & _ON_TIME),
        count(pl.col("case_kind") == "arbitration"),
    ),
    Indicator(
        "wage_case_recovered_pct",
        "ratio",
        _EVERY,
        total(pl.col("recovered_fen"), _WAGE),
        total(pl.col("claimed_fen"), _WAGE),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
)


def case_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all indicators by the month in which the time limit ended."""
    cases = current(data.rows, "labour_case")
    cases = cases.with_columns(limit_date=limit_date(), as_of=pl.lit(data.as_of))
    over = cases.filter(data.is_due("limit_date"))
    over = over.with_columns(period_month=pl.col("limit_date").dt.truncate("1mo"))
    return components(over, INDICATORS, POPULATIONS)


ORACLE = StreamOracle("labour_case", INDICATORS, case_components)


def limit_date() -> pl.Expr:
    """Return the last day of the time limit.

    It runs from acceptance, but from filing in a mediation or if the case was not accepted.
    """
    usual = {kind: days for kind, (days, _) in LIMITS.items()}
    extended = {kind: days for kind, (_, days) in LIMITS.items()}
    days = (
        pl.when("is_extended")
        .then(pl.col("case_kind").replace_strict(extended, return_dtype=pl.Int64))
        .otherwise(pl.col("case_kind").replace_strict(usual, return_dtype=pl.Int64))
    )
    accepted = pl.coalesce("accepted_date", "filed_date")
    is_mediation = pl.col("case_kind") == "mediation"
    return pl.when(is_mediation).then("filed_date").otherwise(accepted) + pl.duration(days=days)
