"""What the social insurance figures of a county truly are, from the rows themselves."""

from __future__ import annotations

import datetime as dt

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    Figure,
    components,
    count,
    current,
    distinct,
    stack,
    total,
    with_standard,
    with_zeros,
)

POPULATIONS = {"all": EVERY, "migrant_worker": pl.col("is_migrant_worker")}
_ALL = ("all",)
_INSURED = (
    "employee_pension", "resident_pension", "unemployment", "work_injury", "employee_medical",
    "resident_medical", "long_term_care",
)  # fmt: skip
# Insurance type, and what its benefits are called in indicator codes.
_BENEFITS = {
    "employee_pension": "employee_pension",
    "resident_pension": "resident_pension",
    "unemployment": "unemployment_benefit",
}

_government = pl.col("government_paid_fen").fill_null(0)
_paid_in = pl.col("contribution_paid_fen") + _government

COVER = tuple(
    Figure(
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
    Figure(
        "contribution_subsidy_rate_pct",
        "ratio",
        _ALL,
        total(pl.col("contribution_subsidy_fen"), _RESIDENT),
        total(pl.col("contribution_paid_fen"), _RESIDENT),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
    Figure(
        "government_paid_cover_pct",
        "ratio",
        _ALL,
        count(_RESIDENT & _NEEDY & (_government > 0)),
        count(_RESIDENT & _NEEDY),
    ),
)
COLLECTION = (
    Figure(
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


def _benefit_figures(insurance: str, name: str) -> tuple[Figure, ...]:
    of_type = pl.col("insurance_type") == insurance
    owed = of_type & (_due > 0)
    return (
        Figure(f"{name}_on_time_full_pct", "ratio", _ALL, count(owed & _ON_TIME), count(owed)),
        Figure(f"{name}_missed_payments", "flow", _ALL, count(owed & (_paid == 0))),
        Figure(f"{name}_wrong_payments", "flow", _ALL, count(of_type & (_paid > _due))),
        Figure(
            f"{name}_mean_yuan",
            "mean",
            _ALL,
            total(_due, owed),
            count(owed),
            numerator_is_money=True,
        ),
    )


BENEFITS = (
    *(figure for pair in _BENEFITS.items() for figure in _benefit_figures(*pair)),
    Figure(
        "resident_pension_at_standard_pct",
        "ratio",
        _ALL,
        count(_RESIDENT & (_due > 0) & (_due >= pl.col("standard_fen"))),
        count(_RESIDENT & (_due > 0)),
    ),
)
PENSION_COVERAGE = Figure("pension_coverage_pct", "ratio", _ALL, lambda _: pl.lit(0))
FIGURES = (*COVER, *PERIOD, *COLLECTION, *BENEFITS, PENSION_COVERAGE)


def insurance_components(
    rows: pl.DataFrame, months: list[tuple[dt.date, dt.date]], standards: pl.DataFrame
) -> pl.DataFrame:
    """Components of all insurance figures but the coverage of the labour force by pensions."""
    records = current(rows)
    contributions = records.filter(pl.col("record_kind") == "contribution")
    covering = pl.concat([_covering(contributions, first) for first, _ in months])
    paid_in = _due_in(contributions, months)
    paid_out = with_standard(
        _due_in(records.filter(pl.col("record_kind") == "benefit"), months),
        standards,
        "resident_basic_pension_minimum",
        "benefit_month",
    )
    keys = pl.concat([part.select(KEY) for part in (covering, paid_in, paid_out)]).unique()
    first_month = months[0][0], months[-1][0]
    begun = contributions.filter(pl.col("period_month").is_between(*first_month))
    parts = [
        components(covering, COVER, POPULATIONS),
        components(begun, PERIOD, POPULATIONS),
        components(paid_in, COLLECTION, POPULATIONS),
        components(paid_out, BENEFITS, POPULATIONS),
    ]
    return with_zeros(stack(parts), keys, FIGURES)


def _covering(contributions: pl.DataFrame, month: dt.date) -> pl.DataFrame:
    """Contributions whose period holds the month, with what insured persons are counted from."""
    start = pl.col("period_month").dt.year() * 12 + pl.col("period_month").dt.month()
    wanted = month.year * 12 + month.month
    holds = (start <= wanted) & (wanted < start + pl.col("period_months"))
    return contributions.filter(holds).select(
        "township_code",
        "identity_number",
        "insurance_type",
        "is_migrant_worker",
        "contribution_paid_fen",
        "government_paid_fen",
        period_month=pl.lit(month),
    )


def _due_in(records: pl.DataFrame, months: list[tuple[dt.date, dt.date]]) -> pl.DataFrame:
    """Records due in the months, keyed by the month of the due date; `benefit_month` is theirs."""
    is_due = pl.col("due_date").is_between(months[0][0], months[-1][1])
    return records.filter(is_due).with_columns(
        benefit_month=pl.col("period_month"),
        period_month=pl.col("due_date").dt.truncate("1mo"),
    )


def pension_coverage(insurance: pl.DataFrame, employment: pl.DataFrame) -> pl.DataFrame:
    """Components of the insured by either pension as a share of the labour force."""
    pensions = ("employee_pension_insured_persons", "resident_pension_insured_persons")
    insured = (
        insurance.filter(pl.col("indicator_code").is_in(pensions))
        .group_by(KEY)
        .agg(pl.col("numerator").sum())
    )
    force = employment.filter(
        (pl.col("indicator_code") == "labour_force_persons") & (pl.col("population") == "all")
    ).select(*KEY, denominator="numerator")
    return stack(
        [
            # The county counts the insured of a township whose labour force is empty, too.
            force.join(insured, on=KEY, how="full", coalesce=True).select(
                pl.lit(PENSION_COVERAGE.code).alias("indicator_code"),
                "township_code",
                pl.lit("all").alias("population"),
                "period_month",
                pl.col("numerator").fill_null(0),
                pl.col("denominator").fill_null(0),
            )
        ]
    )
