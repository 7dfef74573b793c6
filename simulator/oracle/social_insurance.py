"""Expected indicators of social insurance, from contributions and benefits."""

from __future__ import annotations

import datetime as dt

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    Indicator,
    components,
    count,
    current,
    distinct,
    paid_by,
    stack,
    total,
    with_zeros,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.standards import with_standard
from simulator.oracle.stream_oracle import StreamOracle

POPULATIONS = {"all": EVERY, "migrant_worker": pl.col("is_migrant_worker")}
_ALL = ("all",)
_PAID = (
    "benefit_paid_fen", "contribution_paid_fen", "contribution_subsidy_fen", "government_paid_fen",
)  # fmt: skip
_INSURED = (
    "employee_pension", "resident_pension", "unemployment", "work_injury", "employee_medical",
    "resident_medical", "long_term_care",
)  # fmt: skip
# Name of the benefits in indicator codes, by type of insurance.
_BENEFITS = {
    "employee_pension": "employee_pension",
    "resident_pension": "resident_pension",
    "unemployment": "unemployment_benefit",
}

_government = pl.col("government_paid_fen").fill_null(0)
_paid_in = pl.col("contribution_paid_fen") + _government

COVER = tuple(
    Indicator(
        f"{insurance}_insured_persons",
        "stock",
        ("all", "migrant_worker") if insurance == "unemployment" else _ALL,
        distinct(
            pl.col("identity_number"),
            (pl.col("insurance_type") == insurance) & (_paid_in > 0),
        ),
    )
    for insurance in _INSURED
)

_RESIDENT = pl.col("insurance_type") == "resident_pension"
_NEEDY = pl.col("is_low_income") | pl.col("is_severely_disabled")
PERIOD = (
    Indicator(
        "contribution_subsidy_rate_pct",
        "ratio",
        _ALL,
        total(pl.col("contribution_subsidy_fen"), _RESIDENT),
        total(pl.col("contribution_paid_fen"), _RESIDENT),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
    Indicator(
        "government_paid_cover_pct",
        "ratio",
        _ALL,
        count(_RESIDENT & _NEEDY & (_government > 0)),
        count(_RESIDENT & _NEEDY),
    ),
)
COLLECTION = (
    Indicator(
        "contribution_collected_pct",
        "ratio",
        _ALL,
        total(pl.min_horizontal(_paid_in, "contribution_due_fen"), EVERY),
        total(pl.col("contribution_due_fen"), EVERY),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
)

_due, _paid = pl.col("benefit_due_fen"), pl.col("benefit_paid_fen")
_ON_TIME = (_paid >= _due) & (pl.col("paid_date") <= pl.col("due_date"))


def _benefit_indicators(insurance: str, name: str) -> tuple[Indicator, ...]:
    of_type = pl.col("insurance_type") == insurance
    owed = of_type & (_due > 0)
    return (
        Indicator(f"{name}_on_time_full_pct", "ratio", _ALL, count(owed & _ON_TIME), count(owed)),
        Indicator(f"{name}_missed_payments", "flow", _ALL, count(owed & (_paid == 0))),
        Indicator(f"{name}_wrong_payments", "flow", _ALL, count(of_type & (_paid > _due))),
        Indicator(
            f"{name}_mean_yuan",
            "mean",
            _ALL,
            total(_due, owed),
            count(owed),
            numerator_is_money=True,
        ),
    )


BENEFITS = (
    *(indicator for pair in _BENEFITS.items() for indicator in _benefit_indicators(*pair)),
    Indicator(
        "resident_pension_at_standard_pct",
        "ratio",
        _ALL,
        count(_RESIDENT & (_due > 0) & (_due >= pl.col("standard_fen"))),
        count(_RESIDENT & (_due > 0)),
    ),
)
INDICATORS = (*COVER, *PERIOD, *COLLECTION, *BENEFITS)


def insurance_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all indicators of the stream."""
    records = current(data.rows, "social_insurance").with_columns(
        paid_by(name, "paid_date", data.as_of) for name in _PAID
    )
    contributions = records.filter(pl.col("record_kind") == "contribution")
    covering = pl.concat([_covering(contributions, first) for first, _ in data.months])
    paid_in = _due_in(contributions, data)
    paid_out = with_standard(
        _due_in(records.filter(pl.col("record_kind") == "benefit"), data),
        data.standards,
        "resident_basic_pension_minimum",
        "benefit_month",
    )
    keys = pl.concat([part.select(KEY) for part in (covering, paid_in, paid_out)]).unique()
    first_months = data.months[0][0], data.months[-1][0]
    begun = contributions.filter(pl.col("period_month").is_between(*first_months))
    parts = [
        components(covering, COVER, POPULATIONS),
        components(begun, PERIOD, POPULATIONS),
        components(paid_in, COLLECTION, POPULATIONS),
        components(paid_out, BENEFITS, POPULATIONS),
    ]
    return with_zeros(stack(parts), keys, INDICATORS)


ORACLE = StreamOracle("social_insurance", INDICATORS, insurance_components)


def _covering(contributions: pl.DataFrame, month: dt.date) -> pl.DataFrame:
    """Return the contributions whose period contains the month, with the columns of `COVER`."""
    start = pl.col("period_month").dt.year() * 12 + pl.col("period_month").dt.month()
    month_number = month.year * 12 + month.month
    is_covered = (start <= month_number) & (month_number < start + pl.col("period_months"))
    return contributions.filter(is_covered).select(
        "township_code",
        "identity_number",
        "insurance_type",
        "is_migrant_worker",
        "contribution_paid_fen",
        "government_paid_fen",
        period_month=pl.lit(month),
    )


def _due_in(records: pl.DataFrame, data: OracleInput) -> pl.DataFrame:
    """Return the records due in the months, by month of the due date.

    `benefit_month` is the month that they are for.
    """
    return records.filter(data.is_due()).with_columns(
        benefit_month=pl.col("period_month"),
        period_month=pl.col("due_date").dt.truncate("1mo"),
    )
