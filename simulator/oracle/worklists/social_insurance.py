"""Expected work lists of social insurance: uninsured people and faulty benefits."""

from __future__ import annotations

import polars as pl

from simulator.oracle.worklists.monitor import Monitor, Snapshot, either

PENSIONS = ("employee_pension", "resident_pension")
WATCHED = (*PENSIONS, "unemployment")
PROOF_HOLDS, ONE_DAY = "1y", pl.duration(days=1)

_due, _paid = pl.col("benefit_due_fen"), pl.col("benefit_paid_fen")
_OF_PENSIONS = pl.col("insurance_type").is_in(PENSIONS)
_BENEFIT = pl.col("record_kind") == "benefit"


def uninsured_person(snapshot: Snapshot) -> pl.DataFrame:
    """Select people in the labour force without a pension or a contribution since last month."""
    seeking = snapshot.spells.filter(pl.col("status") != "outside_labour_force")
    registered = seeking.group_by("identity_number").agg(since=pl.min("effective_date"))
    paid = pl.col("contribution_paid_fen") + pl.col("government_paid_fen").fill_null(0)
    until = pl.col("period_month").dt.offset_by(pl.format("{}mo", "period_months"))
    pensions = snapshot.insurance.filter(_OF_PENSIONS)
    covered = (
        pensions.filter(~_BENEFIT, paid > 0)
        .group_by("identity_number")
        .agg(covered_until=until.max())
    )
    never = pl.col("covered_until").is_null()
    return (
        snapshot.present.filter(pl.col("status") != "outside_labour_force")
        .join(pensions.filter(_BENEFIT, _due > 0), on="identity_number", how="anti")
        .join(registered, on="identity_number")
        .join(covered, on="identity_number", how="left")
        .filter(never | (pl.col("covered_until") <= snapshot.last_seen_month))
        .select(
            "township_code",
            "identity_number",
            "household_number",
            opened_on=pl.max_horizontal("since", "covered_until"),
            reason_code=either(never, "never_insured", "lapsed"),
        )
    )


def _payments(snapshot: Snapshot, wrong: pl.Expr, *keys: str) -> pl.DataFrame:
    """Return benefits due by today that meet a condition, by person, insurance and key."""
    due = snapshot.insurance.filter(
        _BENEFIT, pl.col("insurance_type").is_in(WATCHED), pl.col("due_date") < snapshot.today
    )
    return (
        due.filter(wrong)
        .with_columns(fault=either(_due == 0, "not_entitled", "overpaid"))
        .group_by("township_code", "identity_number", "insurance_type", *keys)
        .agg(opened_on=pl.min("due_date"), amount_fen=(_due - _paid).abs().sum())
    )


def _missing(snapshot: Snapshot, wrong: pl.Expr) -> pl.DataFrame:
    return _payments(snapshot, wrong).with_columns(
        due_on=pl.col("opened_on"), reason_code=pl.col("insurance_type")
    )


def benefit_late(snapshot: Snapshot) -> pl.DataFrame:
    """Select benefits of which nothing was paid."""
    return _missing(snapshot, (_due > 0) & (_paid == 0))


def benefit_short(snapshot: Snapshot) -> pl.DataFrame:
    """Select benefits of which a part was paid."""
    return _missing(snapshot, (_paid > 0) & (_paid < _due))


def benefit_not_entitled(snapshot: Snapshot) -> pl.DataFrame:
    """Select benefits paid in excess of the amount due, or with nothing due."""
    rows = _payments(snapshot, _paid > _due, "fault")
    return rows.with_columns(reason_code=pl.col("fault"))


def proof_of_life_overdue(snapshot: Snapshot) -> pl.DataFrame:
    """Select paid pensioners whose latest proof is over a year old, with their pension."""
    drawn = snapshot.insurance.filter(
        _BENEFIT, _OF_PENSIONS, _due > 0, pl.col("due_date") < snapshot.today
    )
    month = pl.col("due_date").dt.truncate("1mo")
    return (
        drawn.group_by("township_code", "identity_number")
        .agg(
            drawn_in=month.max(),
            due_on=pl.max("last_proof_of_life_date").dt.offset_by(PROOF_HOLDS),
            amount_fen=_due.max(),
        )
        .filter(pl.col("drawn_in") >= snapshot.last_seen_month, pl.col("due_on") < snapshot.today)
        .with_columns(opened_on=pl.col("due_on") + ONE_DAY)
    )


BY_INSURANCE = ("identity_number", "insurance_type")
MONITORS = (
    Monitor("uninsured_person", ("identity_number",), uninsured_person),
    Monitor("benefit_late", BY_INSURANCE, benefit_late),
    Monitor("benefit_short", BY_INSURANCE, benefit_short),
    Monitor("benefit_not_entitled", (*BY_INSURANCE, "fault"), benefit_not_entitled),
    Monitor("proof_of_life_overdue", ("identity_number",), proof_of_life_overdue),
)
