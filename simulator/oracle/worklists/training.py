"""Expected work lists of training: certificates and subsidies that do not agree."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import current, paid_by
from simulator.oracle.training import certified_by
from simulator.oracle.worklists.monitor import Monitor, Snapshot, either

COURSE = ("identity_number", "source_system", "record_id")
_due, _paid = pl.col("subsidy_due_fen"), pl.col("subsidy_paid_fen")


def certificate_without_subsidy(snapshot: Snapshot) -> pl.DataFrame:
    """Select certificates whose subsidy is not paid in full."""
    return _courses(
        snapshot,
        ["certificate_date", "ended_date"],
        pl.col("is_certified") & (_paid < _due),
        {
            "amount_fen": _due - _paid,
            "reason_code": either(_paid > 0, "short", "unpaid"),
        },
    )


def subsidy_without_certificate(snapshot: Snapshot) -> pl.DataFrame:
    """Select subsidies paid for participants without a certificate."""
    dates = ["subsidy_paid_date", "ended_date", "started_date"]
    passed = pl.when("has_passed").then(pl.lit("passed_without_certificate"))
    has_ended = pl.col("ended_date").is_not_null()
    return _courses(
        snapshot,
        dates,
        ~pl.col("is_certified") & (_paid > 0),
        {
            "amount_fen": _paid,
            "reason_code": pl.when(has_ended)
            .then(passed.otherwise(pl.lit("not_passed")))
            .otherwise(pl.lit("not_ended")),
        },
    )


def _courses(
    snapshot: Snapshot, dates: list[str], wrong: pl.Expr, columns: dict[str, pl.Expr]
) -> pl.DataFrame:
    """Return participations that meet a condition, open since the first date that is not null."""
    courses = current(snapshot.rows, "training").with_columns(
        paid_by("subsidy_paid_fen", "subsidy_paid_date", snapshot.today),
        opened_on=pl.coalesce(dates),
        is_certified=certified_by(snapshot.today),
    )
    return courses.filter(wrong, pl.col("opened_on") <= snapshot.today).select(
        "township_code", *COURSE, "opened_on", **columns
    )


MONITORS = (
    Monitor("certificate_without_subsidy", COURSE, certificate_without_subsidy),
    Monitor("subsidy_without_certificate", COURSE, subsidy_without_certificate),
)
