"""What the oracle reads: accepted records, the day, the months in question and the standards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from simulator.areas.clock import months_between
from simulator.oracle.standards import read_standards

Month = tuple[dt.date, dt.date]
"""First day of a month, and the day on which it is observed: its last, or the as-of date."""


@dataclass(frozen=True)
class OracleInput:
    """Raw records by stream that the platform must accept, and the months to compute."""

    rows: Mapping[str, pl.DataFrame]
    as_of: dt.date
    months: Sequence[Month]
    standards: pl.DataFrame = field(default_factory=read_standards)

    @classmethod
    def from_month(
        cls,
        rows: Mapping[str, pl.DataFrame],
        first_month: dt.date,
        as_of: dt.date,
        standards: pl.DataFrame | None = None,
    ) -> OracleInput:
        """Return the input for all months from the first; `standards` replaces the seed's."""
        in_force = read_standards() if standards is None else standards
        return cls(rows, as_of, months_between(first_month, as_of), in_force)

    def is_due(self, date: str = "due_date") -> pl.Expr:
        """Return the condition that a date is in the months and before the as-of date."""
        return pl.col(date).is_between(*self.period) & (pl.col(date) < self.as_of)

    @property
    def period(self) -> tuple[dt.date, dt.date]:
        """First and last observed day."""
        return self.months[0][0], self.months[-1][1]
