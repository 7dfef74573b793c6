"""Expected indicators of wages, from payrolls."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import (
    EVERY,
    KEY,
    Indicator,
    components,
    count,
    current,
    paid_by,
    stack,
    total,
    with_zeros,
)
from simulator.oracle.inputs import OracleInput
from simulator.oracle.standards import with_standard
from simulator.oracle.stream_oracle import StreamOracle

POPULATIONS = {
    "all": EVERY,
    "migrant_worker": pl.col("is_migrant_worker"),
    "exited_poverty": pl.col("is_exited_poverty"),
    **{
        name: pl.col("occupation") == name
        for name in ("construction_worker", "teacher", "civil_servant", "village_doctor")
    },
    "public_welfare": pl.col("post_type") == "public_welfare",
    "intern": pl.col("post_type") == "internship",
}
_ALL = ("all",)
_PAID_TO = (
    "all", "migrant_worker", "construction_worker", "teacher", "public_welfare", "exited_poverty",
)  # fmt: skip
_MEANS = (
    "all", "teacher", "civil_servant", "migrant_worker", "exited_poverty", "village_doctor",
)  # fmt: skip

_due, _paid = pl.col("amount_due_fen"), pl.col("amount_paid_fen")
_ON_TIME = (_paid >= _due) & (pl.col("paid_date") <= pl.col("due_date"))
_ON_SITE = pl.col("project_kind") == "construction"
_ON_RELIEF = pl.col("project_kind") == "work_relief"
_BUILDER = _ON_SITE & (pl.col("occupation") == "construction_worker")
_DOCTOR = pl.col("occupation") == "village_doctor"
_FIRM = pl.col("employer_kind") == "enterprise"


def _share(code: str, of: pl.Expr, condition: pl.Expr) -> Indicator:
    return Indicator(code, "ratio", _ALL, count(of & condition), count(of))


WAGES = (
    Indicator(
        "wage_on_time_full_pct", "ratio", _PAID_TO, count((_due > 0) & _ON_TIME), count(_due > 0)
    ),
    Indicator("wage_arrears_persons", "flow", _PAID_TO, count(_paid < _due)),
    Indicator(
        "wage_arrears_yuan", "flow", _PAID_TO, total(_due - _paid, _paid < _due),
        numerator_is_money=True,
    ),
    _share("real_name_cover_pct", _BUILDER, pl.col("is_real_name_registered")),
    _share("supervised_account_pct", _ON_SITE, pl.col("is_supervised_account")),
    Indicator(
        "below_minimum_wage_persons", "flow", ("all", "intern"),
        count(pl.col("is_full_month") & (_due < pl.col("standard_fen"))),
    ),
    _share(
        "local_rural_construction_pct", _ON_SITE, pl.col("is_local") & pl.col("is_migrant_worker")
    ),
    _share("work_relief_exited_poverty_pct", _ON_RELIEF, pl.col("is_exited_poverty")),
    _share("work_relief_local_pct", _ON_RELIEF, pl.col("is_local")),
    Indicator(
        "wage_mean_yuan", "mean", _MEANS, total(_due, pl.col("is_full_month")),
        count(pl.col("is_full_month")), numerator_is_money=True,
    ),
    Indicator(
        "village_doctor_subsidy_mean_yuan", "mean", _ALL,
        total(pl.col("fiscal_subsidy_fen"), _DOCTOR), count(_DOCTOR), numerator_is_money=True,
    ),
    _share("labour_contract_pct", _FIRM, pl.col("has_labour_contract")),
)  # fmt: skip
PROJECTS = (
    Indicator(
        "project_registered_pct", "ratio", _ALL, count(pl.col("is_registered")), count(EVERY)
    ),
)
RELIEF = (
    Indicator(
        "labour_remuneration_share_pct",
        "ratio",
        _ALL,
        total(pl.col("paid_fen"), EVERY),
        total(pl.col("investment_fen"), EVERY),
        numerator_is_money=True,
        denominator_is_money=True,
    ),
)
INDICATORS = (*WAGES, *PROJECTS, *RELIEF)


def wage_components(data: OracleInput) -> pl.DataFrame:
    """Return the components of all indicators by the month in which the wages were due."""
    wages = (
        current(data.rows, "wage_payment")
        .filter(data.is_due())
        .with_columns(
            paid_by("amount_paid_fen", "paid_date", data.as_of),
            period_month=pl.col("due_date").dt.truncate("1mo"),
        )
    )
    wages = with_standard(wages, data.standards, "minimum_wage_monthly", "wage_month")
    parts = [
        components(wages, WAGES, POPULATIONS),
        components(_sites(wages), PROJECTS, POPULATIONS),
        components(_relief(wages), RELIEF, POPULATIONS),
    ]
    return with_zeros(stack(parts), wages.select(KEY).unique(), INDICATORS)


ORACLE = StreamOracle("wage_payment", INDICATORS, wage_components)


def _sites(wages: pl.DataFrame) -> pl.DataFrame:
    """Return one row per township, month and construction project."""
    return (
        wages.filter(_ON_SITE & pl.col("project_code").is_not_null())
        .group_by(*KEY, "project_code")
        .agg(is_registered=pl.col("is_project_registered").all())
    )


def _relief(wages: pl.DataFrame) -> pl.DataFrame:
    """Return one row per township, due month, work-relief project and wage month."""
    return (
        wages.filter(_ON_RELIEF)
        .group_by(*KEY, "project_code", "wage_month")
        .agg(
            paid_fen=pl.col("amount_paid_fen").sum(),
            investment_fen=pl.col("project_investment_fen").max(),
        )
    )
