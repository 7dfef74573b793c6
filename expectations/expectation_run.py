"""Rules of checks as expectations of Great Expectations, and the result of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.check import Assertion, Check, ColumnScan, NoRows, Rule, TableExpectation
from expectations.scope import Scope

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# Queries name their tables themselves, so they share one batch that belongs to no table.
QUERIES = "queries"

RunKey = tuple[str, int]


@dataclass(frozen=True)
class ExpectationRun:
    """One rule of one check, as an expectation on a table."""

    check: Check
    number: int
    table: str
    scope: Scope
    expectation: Expectation

    @property
    def key(self) -> RunKey:
        """Check id and number of the rule, as stored in the `meta` of the result."""
        return self.check.id, self.number

    @property
    def rule(self) -> Rule:
        """The rule that runs."""
        return self.check.rules[self.number]


@dataclass(frozen=True)
class Result:
    """The result of a run. A run that raised was not successful."""

    success: bool
    details: Mapping[str, Any]
    exception: str | None = None


def expectation_runs(check: Check, scope: Scope) -> Iterator[ExpectationRun]:
    """Yield one run per rule of the check."""
    import great_expectations.expectations as native

    for number, rule in enumerate(check.rules):
        if isinstance(rule, TableExpectation):
            settings = _settings(check, number)
            expectation = getattr(native, rule.expectation)(**rule.arguments, **settings)
            yield ExpectationRun(check, number, check.table, scope, expectation)
        else:
            yield _query_run(check, number, scope, rule)


def _settings(check: Check, number: int) -> dict[str, Any]:
    return {"meta": {"check": check.id, "rule": number}, "severity": check.severity}


def _query_run(
    check: Check, number: int, scope: Scope, rule: NoRows | Assertion | ColumnScan
) -> ExpectationRun:
    from expectations.query_expectation import ExpectQueryToHold

    expectation = ExpectQueryToHold(
        sql=rule.scan_sql if isinstance(rule, ColumnScan) else rule.sql,
        parameters=scope.parameters(),
        is_assertion=isinstance(rule, Assertion),
        count_column=rule.column if isinstance(rule, ColumnScan) else "",
        **_settings(check, number),
    )
    return ExpectationRun(check, number, QUERIES, scope, expectation)


def detail_query(run: ExpectationRun) -> ExpectationRun:
    """Return the run to repeat for a failure: for a column scan, the query for its rows."""
    if not isinstance(run.rule, ColumnScan):
        return run
    query = NoRows(run.rule.detail_sql)
    return _query_run(run.check, run.number, run.scope, query)
