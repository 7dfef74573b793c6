"""Monitors, the snapshot of an area that they read, and the rows of an action list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from simulator.oracle.aggregates import current, paid_by
from simulator.oracle.employment import spells_of
from simulator.oracle.standards import read_standards

ACTIONS = pl.Schema(
    {
        "monitor_code": pl.String(),
        "region_code": pl.String(),
        "subject": pl.String(),
        "person_token": pl.String(),
        "household_token": pl.String(),
        "employer_token": pl.String(),
        "project_code": pl.String(),
        "opened_on": pl.Date(),
        "due_on": pl.Date(),
        "persons": pl.Int64(),
        "amount_yuan": pl.Decimal(38, 2),
        "reason_code": pl.String(),
    }
)
TOKENS = {
    "identity_number": "person_token",
    "household_number": "household_token",
    "employer_code": "employer_token",
}
Tokens = Callable[[pl.Series, str], pl.Series]
"""Function that replaces identifiers of a kind by tokens, such as `Tokeniser.tokens`."""


class Snapshot:
    """The state of an area on a day, `today`, from all records that must be accepted."""

    def __init__(
        self,
        rows: Mapping[str, pl.DataFrame],
        today: dt.date,
        standards: pl.DataFrame | None = None,
    ) -> None:
        self.rows, self.today = rows, today
        self.standards = read_standards() if standards is None else standards

    @property
    def last_seen_month(self) -> dt.date:
        """The month before today's; payrolls and benefits without records since then have ended."""
        return (self.today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)

    @cached_property
    def spells(self) -> pl.DataFrame:
        """Spells that have begun, by person and date."""
        begun = pl.col("effective_date") <= self.today
        return spells_of(current(self.rows, "employment")).filter(begun)

    @cached_property
    def present(self) -> pl.DataFrame:
        """Spells that last today."""
        return self.spells.filter(pl.col("last_day") >= self.today)

    @cached_property
    def insurance(self) -> pl.DataFrame:
        """Current records of contributions and benefits, with what was paid by today."""
        return current(self.rows, "social_insurance").with_columns(
            paid_by(name, "paid_date", self.today)
            for name in ("benefit_paid_fen", "contribution_paid_fen", "government_paid_fen")
        )

    @cached_property
    def wages(self) -> pl.DataFrame:
        """Current records of wages due before today, with what was paid by today."""
        wages = current(self.rows, "wage_payment").filter(pl.col("due_date") < self.today)
        return wages.with_columns(paid_by("amount_paid_fen", "paid_date", self.today))


def either(condition: pl.Expr, then: str, otherwise: str) -> pl.Expr:
    """Return one text where the condition is true, the other elsewhere."""
    return pl.when(condition).then(pl.lit(then)).otherwise(pl.lit(otherwise))


@dataclass(frozen=True)
class Monitor:
    """A monitor: the columns that identify its subject, and the function that lists subjects.

    Rows have columns of the stream, and may have `opened_on`, `due_on`, `persons` (default 1),
    `amount_fen` and `reason_code`.
    """

    code: str
    subject: tuple[str, ...]
    rows: Callable[[Snapshot], pl.DataFrame]


def actions(monitor: Monitor, snapshot: Snapshot, tokens: Tokens) -> pl.DataFrame:
    """Return the rows of the monitor in the columns of the action list."""
    rows = monitor.rows(snapshot)
    kinds = [kind for kind in TOKENS if kind in rows.columns]
    rows = rows.with_columns(tokens(rows[kind], kind).alias(kind) for kind in kinds)
    renamed = rows.rename({kind: TOKENS[kind] for kind in kinds} | {"township_code": "region_code"})
    named = renamed.with_columns(
        monitor_code=pl.lit(monitor.code),
        subject=pl.concat_str([TOKENS.get(name, name) for name in monitor.subject], separator="/"),
        persons=pl.col("persons") if "persons" in rows.columns else pl.lit(1),
    )
    if "amount_fen" in rows.columns:
        named = named.with_columns(amount_yuan=pl.col("amount_fen").cast(pl.Decimal(38, 2)) / 100)
    return named.select(
        (pl.col(name) if name in named.columns else pl.lit(None)).cast(type_).alias(name)
        for name, type_ in ACTIONS.items()
    )
