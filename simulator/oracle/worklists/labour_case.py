"""Expected work lists of labour cases."""

from __future__ import annotations

import polars as pl

from simulator.oracle.aggregates import current
from simulator.oracle.labour_case import limit_date
from simulator.oracle.worklists.monitor import Monitor, Snapshot


def labour_case_overdue(snapshot: Snapshot) -> pl.DataFrame:
    """Select cases that are open after the last day of their limit, with the amount outstanding."""
    cases = current(snapshot.rows, "labour_case").with_columns(due_on=limit_date())
    is_closed = (pl.col("closed_date") <= snapshot.today).fill_null(value=False)
    return cases.filter(pl.col("due_on") < snapshot.today, ~is_closed).select(
        "township_code",
        "source_system",
        "record_id",
        "employer_code",
        "due_on",
        opened_on=pl.col("due_on") + pl.duration(days=1),
        persons=pl.col("workers_persons"),
        amount_fen=(pl.col("claimed_fen") - pl.col("recovered_fen")).clip(lower_bound=0),
        reason_code=pl.col("case_kind"),
    )


CASE = ("employer_code", "source_system", "record_id")
MONITORS = (Monitor("labour_case_overdue", CASE, labour_case_overdue),)
