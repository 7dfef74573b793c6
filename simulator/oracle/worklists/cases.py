"""What the monitors of labour cases and of training truly list."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import current
from simulator.oracle.cases import limit_date
from simulator.oracle.worklists.rows import Monitor, World, either

_due, _paid = pl.col("subsidy_due_fen"), pl.col("subsidy_paid_fen")
_CERTIFIED = pl.col("certificate_level") != "none"


def labour_case_overdue(world: World) -> pl.DataFrame:
    """Cases that are open after their last day in time, with what is still claimed."""
    cases = current(world.rows["labour_case"]).with_columns(due_on=limit_date())
    is_closed = (pl.col("closed_date") <= world.today).fill_null(value=False)
    return cases.filter(pl.col("due_on") < world.today, ~is_closed).select(
        "township_code",
        "record_id",
        "employer_code",
        "due_on",
        opened_on=pl.col("due_on") + pl.duration(days=1),
        persons=pl.col("workers_persons"),
        amount_fen=(pl.col("claimed_fen") - pl.col("recovered_fen")).clip(lower_bound=0),
        reason_code=pl.col("case_kind"),
    )


def certificate_without_subsidy(world: World) -> pl.DataFrame:
    """Certificates whose subsidy is still due in part or in whole."""
    return _courses(
        world,
        ["certificate_date", "ended_date"],
        _CERTIFIED & (_paid < _due),
        {
            "amount_fen": _due - _paid,
            "reason_code": either(_paid > 0, "short", "unpaid"),
        },
    )


def subsidy_without_certificate(world: World) -> pl.DataFrame:
    """Subsidies paid for somebody who has no certificate."""
    dates = ["subsidy_paid_date", "ended_date", "started_date"]
    passed = pl.when("has_passed").then(pl.lit("passed_without_certificate"))
    has_ended = pl.col("ended_date").is_not_null()
    return _courses(
        world,
        dates,
        ~_CERTIFIED & (_paid > 0),
        {
            "amount_fen": _paid,
            "reason_code": pl.when(has_ended)
            .then(passed.otherwise(pl.lit("not_passed")))
            .otherwise(pl.lit("not_ended")),
        },
    )


def _courses(
    world: World, dates: list[str], wrong: pl.Expr, columns: dict[str, pl.Expr]
) -> pl.DataFrame:
    """Participations that are wrong in a way, open since the first of the dates that is known."""
    courses = current(world.rows["training"]).with_columns(opened_on=pl.coalesce(dates))
    return courses.filter(wrong, pl.col("opened_on") <= world.today).select(
        "township_code", "record_id", "identity_number", "opened_on", **columns
    )


RECORD = ("record_id",)
MONITORS = (
    Monitor("labour_case_overdue", RECORD, labour_case_overdue),
    Monitor("certificate_without_subsidy", RECORD, certificate_without_subsidy),
    Monitor("subsidy_without_certificate", RECORD, subsidy_without_certificate),
)
