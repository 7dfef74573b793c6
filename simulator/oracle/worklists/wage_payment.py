"""Expected work lists of wages: unpaid projects, and workers paid or employed wrongly."""

from __future__ import annotations

import polars as pl

from simulator.oracle.standards import with_standard
from simulator.oracle.worklists.monitor import Monitor, Snapshot, either

GROUP_ARREARS_PERSONS = 10
INSPECTION_REACHES = "2y"
WORKER = ("township_code", "identity_number", "employer_code")
SITE_WORKER = ("township_code", "identity_number", "project_code")


def unpaid_wage_project(snapshot: Snapshot) -> pl.DataFrame:
    """Select projects with wages that are due and not paid in full."""
    missing = pl.col("amount_due_fen") - pl.col("amount_paid_fen")
    employers = pl.col("employer_code").unique()
    workers = pl.col("identity_number").n_unique()
    unpaid = snapshot.wages.filter(missing > 0, pl.col("project_code").is_not_null())
    projects = unpaid.group_by("project_code").agg(together=workers)
    is_group = pl.col("together") >= GROUP_ARREARS_PERSONS
    return (
        unpaid.group_by("township_code", "project_code")
        .agg(
            opened_on=pl.min("due_date"),
            due_on=pl.min("due_date"),
            persons=workers,
            amount_fen=missing.sum(),
            employer_code=pl.when(employers.len() == 1).then(employers.first()),
        )
        .join(projects, on="project_code")
        .with_columns(reason_code=either(is_group, "group_arrears", "arrears"))
    )


def wage_below_minimum(snapshot: Snapshot) -> pl.DataFrame:
    """Select workers owed less than the minimum wage for a full month, within two years."""
    wages = with_standard(snapshot.wages, snapshot.standards, "minimum_wage_monthly", "wage_month")
    reachable = pl.col("due_date").dt.offset_by(INSPECTION_REACHES) >= snapshot.today
    lack = pl.col("standard_fen") - pl.col("amount_due_fen")
    return (
        wages.filter("is_full_month", reachable, lack > 0)
        .group_by(WORKER)
        .agg(opened_on=pl.min("due_date"), amount_fen=lack.sum())
        .with_columns(due_on=pl.col("opened_on").dt.offset_by(INSPECTION_REACHES))
    )


def worker_without_contract(snapshot: Snapshot) -> pl.DataFrame:
    """Select workers of firms whose latest payroll shows no written contract.

    The contract is due one month after the end of their first month, or of the last with one.
    """
    firms = snapshot.wages.filter(pl.col("employer_kind") == "enterprise")
    return (
        _without(firms, "has_labour_contract", WORKER, snapshot, "lapsed")
        .with_columns(
            due_on=pl.coalesce(
                pl.col("last_with").dt.offset_by("1mo"), pl.col("first_month").dt.offset_by("2mo")
            ),
        )
        .filter(pl.col("due_on") < snapshot.today)
        .with_columns(opened_on=pl.col("due_on"))
    )


def worker_without_real_name(snapshot: Snapshot) -> pl.DataFrame:
    """Select construction workers whom the latest payroll of their site shows as unregistered."""
    builders = snapshot.wages.filter(
        pl.col("project_kind") == "construction",
        pl.col("project_code").is_not_null(),
        pl.col("occupation") == "construction_worker",
    )
    rows = _without(builders, "is_real_name_registered", SITE_WORKER, snapshot, "dropped")
    after = pl.col("last_with").dt.offset_by("1mo")
    return rows.with_columns(opened_on=pl.coalesce(after, "first_month"))


def _without(
    wages: pl.DataFrame, good: str, key: tuple[str, ...], snapshot: Snapshot, ended: str
) -> pl.DataFrame:
    """Return workers whose latest payroll lacks a flag, with the last month that had it."""
    latest = pl.col("employer_code").sort_by("wage_month", "record_id", "source_system").last()
    by_worker = wages.group_by(key).agg(
        *([] if "employer_code" in key else [latest]),
        paid_in=pl.max("due_date").dt.truncate("1mo"),
        last_month=pl.max("wage_month"),
        first_month=pl.min("wage_month"),
        last_with=pl.col("wage_month").filter(pl.col(good)).max(),
    )
    never = pl.col("last_with").is_null()
    return by_worker.filter(
        pl.col("paid_in") >= snapshot.last_seen_month,
        never | (pl.col("last_month") > pl.col("last_with")),
    ).with_columns(
        reason_code=pl.when(never).then(pl.lit("never")).otherwise(pl.lit(ended)),
    )


BY_EMPLOYER = ("identity_number", "employer_code")
MONITORS = (
    Monitor("unpaid_wage_project", ("project_code",), unpaid_wage_project),
    Monitor("wage_below_minimum", BY_EMPLOYER, wage_below_minimum),
    Monitor(
        "worker_without_real_name", ("identity_number", "project_code"), worker_without_real_name
    ),
    Monitor("worker_without_contract", BY_EMPLOYER, worker_without_contract),
)
