"""Months and days of a simulation as integers: days since 1970-01-01, months since January 1970."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Numbers = NDArray[np.float64]
Booleans = NDArray[np.bool_]

NO_DAY = -(10**6)
"""Marks an open end or an amount never paid."""

MICROSECONDS_PER_DAY = 86_400_000_000
# Offices write between 08:00 and 18:00 in China, which is 00:00 to 10:00 UTC of the same day.
OFFICE_MICROSECONDS = 36_000_000_000


@dataclass(frozen=True)
class Calendar:
    """First and last day of a simulation."""

    start: dt.date
    end: dt.date

    @property
    def months(self) -> int:
        """Number of months, incomplete ones included."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    @property
    def end_day(self) -> int:
        """Last simulated day."""
        return day_number(self.end)

    def first_day(self, month: int) -> int:
        """Return the first day of a month counted from the first one. It may be negative."""
        return int(first_days(month_number(self.start) + month))

    def last_day(self, month: int) -> int:
        """Return the last day of a month counted from the first one."""
        return self.first_day(month + 1) - 1

    def calendar_month(self, month: int) -> int:
        """Return 1 for January … 12 for December."""
        return (self.start.month - 1 + month) % 12 + 1


def months_between(first: dt.date, as_of: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return the first day of every month up to `as_of`, and the day on which it is observed.

    That is its last day, or `as_of` in the last month.
    """
    result = []
    year, month = first.year, first.month
    while (year, month) <= (as_of.year, as_of.month):
        last = dt.date(year, month, calendar.monthrange(year, month)[1])
        result.append((dt.date(year, month, 1), min(last, as_of)))
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return result


def day_number(date: dt.date) -> int:
    """Return the days since 1970-01-01."""
    return (date - dt.date(1970, 1, 1)).days


def month_number(date: dt.date) -> int:
    """Return the months since January 1970."""
    return (date.year - 1970) * 12 + date.month - 1


def first_days(months: int | Integers) -> Integers:
    """Return the day numbers of the first days of months."""
    return np.asarray(months).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def months_of(days: Integers) -> Integers:
    """Return the months of day numbers."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def year_months(months: Integers) -> Integers:
    """Return months as numbers such as 202206."""
    return (1970 + months // 12) * 100 + months % 12 + 1


def dates(days: Integers) -> pl.Series:
    """Convert day numbers to dates; `NO_DAY` becomes null."""
    series = pl.Series(days.astype(np.int32))
    return series.set(series == NO_DAY, None).cast(pl.Date)


def moments(days: Integers, rng: np.random.Generator) -> Integers:
    """Draw a time in the office hours of each day, in microseconds since 1970 (UTC)."""
    return days * MICROSECONDS_PER_DAY + rng.integers(0, OFFICE_MICROSECONDS, len(days))


def timestamps(microseconds: Integers) -> pl.Series:
    """Convert microseconds since 1970 to timestamps in UTC."""
    return pl.Series(microseconds).cast(pl.Datetime("us", "UTC"))


def lags(count: int, mean_days: float, max_days: int, rng: np.random.Generator) -> Integers:
    """Draw days between an event and its registration: mostly few, at most `max_days`."""
    drawn = rng.exponential(mean_days, count).astype(np.int64)
    return np.asarray(np.minimum(drawn, max_days))
