"""What a check is: declared as data, so that reports and documents need no Great Expectations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

Severity = Literal["critical", "warning"]

# As many rows that break a check as a report shows.
SAMPLE_ROWS = 10


@dataclass(frozen=True)
class Rows:
    """An expectation of Great Expectations over the rows of the check's table.

    `expectation` is the name of its class, `arguments` what it takes. A sample of the rows that
    break it shows the `keys`; the offending value is shown unless the column is personal.
    """

    expectation: str
    arguments: Mapping[str, Any]
    keys: tuple[str, ...]
    personal: bool = False


@dataclass(frozen=True)
class NoRows:
    """A query that must find nothing; what it finds is shown as the sample."""

    sql: str


@dataclass(frozen=True)
class Measure:
    """A query with one row: `success` is the verdict, `observed` the value to report."""

    sql: str


@dataclass(frozen=True)
class ColumnScan:
    """One column of a survey: how many rows break the check.

    A survey is a query with one row that several checks share, so that their table is read once;
    `detail_sql` finds the rows themselves, and is run only for a check that fails.
    """

    scan_sql: str
    column: str
    detail_sql: str


Rule = Rows | NoRows | Measure | ColumnScan


@dataclass(frozen=True)
class Check:
    """One condition a candidate must meet to be shown (critical) or ought to meet (warning).

    Queries may use the parameters of `expectations.scope.Scope`, written `:name`. A check with a
    `stream` is about its loads since the last release, and passes when there are none; one that
    `compares` needs an earlier release, and passes, saying so, before the first.
    """

    id: str
    severity: Severity
    table: str
    title: str
    title_zh: str
    expected: str
    message: str
    rules: tuple[Rule, ...]
    stream: str | None = None
    compares: bool = False


class _Declare(Protocol):
    """How `critical` and `warning` are called: id, table and rules first, the words by name."""

    def __call__(
        self,
        id: str,
        table: str,
        *rules: Rule,
        title: str,
        title_zh: str,
        expected: str,
        message: str,
        stream: str | None = None,
        compares: bool = False,
    ) -> Check: ...


def _declares(severity: Severity) -> _Declare:
    def declare(
        id: str,
        table: str,
        *rules: Rule,
        **words: Any,  # noqa: ANN401 - whatever a check is made of
    ) -> Check:
        return Check(id=id, severity=severity, table=table, rules=rules, **words)

    return declare


critical = _declares("critical")
warning = _declares("warning")


def plain(value: object) -> str | int | float | bool | None:
    """A database value as JSON knows it: dates as ISO text, numerics as numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


def counted(rows: int) -> str:
    """A number of rows in words."""
    return "1 row" if rows == 1 else f"{rows} rows"


@dataclass(frozen=True)
class Outcome:
    """What came of a check: verdict, what was seen, and up to ten rows that break it."""

    check: Check
    success: bool
    observed: str
    sample: tuple[Mapping[str, Any], ...] = ()
    exception: str | None = None

    def as_report(self) -> dict[str, Any]:
        """The check's entry in the gate report."""
        return {
            "id": self.check.id,
            "title": self.check.title,
            "title_zh": self.check.title_zh,
            "table": self.check.table,
            "expected": self.check.expected,
            "message": self.check.message,
            "success": self.success,
            "observed": self.observed,
            "sample": [dict(row) for row in self.sample],
            "exception": self.exception,
        }
