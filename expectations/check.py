"""The declaration of a check: data only, so reports and documents need no Great Expectations.

A check is declared in a module of `expectations.checks`:

    critical(
        "arrears.owed",
        "marts.wage_arrears",
        NoRows("select project_code from marts.wage_arrears where unpaid_yuan <= 0"),
        title="Every row of arrears owes money",
        title_zh="欠薪金额为正",
        expected="unpaid_yuan > 0",
        message="A settled case is still listed: …",
    )
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

Severity = Literal["critical", "warning"]

# Number of violating rows that a report shows.
SAMPLE_ROWS = 10


@dataclass(frozen=True)
class TableExpectation:
    """An expectation of Great Expectations over the rows of the check's table.

    `expectation` is the name of its class, `arguments` are those of its constructor. The sample of
    violating rows shows the `keys`, and the violating value unless the column is personal.
    """

    expectation: str
    arguments: Mapping[str, Any]
    keys: tuple[str, ...]
    personal: bool = False


@dataclass(frozen=True)
class NoRows:
    """A query that must return no rows. The rows it returns are the sample."""

    sql: str


@dataclass(frozen=True)
class Assertion:
    """A query that returns one row: `success` is the result, `observed` the text to report."""

    sql: str


@dataclass(frozen=True)
class ColumnScan:
    """One column of a scan: the number of rows that violate the check.

    A scan is a query with one row that several checks share, so that their table is read once.
    `detail_sql` returns the violating rows and runs only for a check that fails.
    """

    scan_sql: str
    column: str
    detail_sql: str


Rule = TableExpectation | NoRows | Assertion | ColumnScan


@dataclass(frozen=True)
class Check:
    """A condition that a candidate must meet to be published (critical) or should meet (warning).

    Queries may use the parameters of `expectations.scope.Scope`, written `:name`. A check with a
    `stream` covers its loads since the last release and passes when there are none. A check that
    `needs_release` compares with the last release and passes, with a remark, before the first.
    `id` is stable, because stored gate results refer to it. A critical check `is_acceptable` if
    correct records can violate it, so that a person may accept the result of one build; checks of
    keys, tokens and arithmetic never are.
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
    needs_release: bool = False
    is_acceptable: bool = False


class _CheckFactory(Protocol):
    """Signature of `critical` and `warning`: id, table and rules by position, texts by name."""

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
        needs_release: bool = False,
        is_acceptable: bool = False,
    ) -> Check: ...


def _factory(severity: Severity) -> _CheckFactory:
    def create(
        id: str,
        table: str,
        *rules: Rule,
        **fields: Any,  # noqa: ANN401 - typed by _CheckFactory
    ) -> Check:
        return Check(id=id, severity=severity, table=table, rules=rules, **fields)

    return create


critical = _factory("critical")
warning = _factory("warning")


def to_json_value(value: object) -> str | int | float | bool | None:
    """Convert a database value to a JSON value: dates to ISO text, numerics to numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


def describe_rows(count: int) -> str:
    """Return a number of rows in words."""
    return "1 row" if count == 1 else f"{count} rows"


@dataclass(frozen=True)
class Outcome:
    """The result of a check: success, the observed value, and up to ten violating rows."""

    check: Check
    success: bool
    observed: str
    sample: tuple[Mapping[str, Any], ...] = ()
    exception: str | None = None

    def as_report(self) -> dict[str, Any]:
        """Return the entry of the check in the gate report."""
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
            "acceptable": self.check.is_acceptable,
        }
