"""A check's rules as expectations of Great Expectations, and what it said about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.check import Check, ColumnScan, Measure, NoRows, Rows, Rule
from expectations.scope import Scope

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# Queries name their tables themselves; they share one batch that is about none.
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
        """Check and rule, as they come back in the result."""
        return self.check.id, self.number

    @property
    def rule(self) -> Rule:
        """The rule that is tried."""
        return self.check.rules[self.number]


@dataclass(frozen=True)
class Result:
    """What Great Expectations says about a run; one that raised was not successful."""

    success: bool
    details: Mapping[str, Any]
    exception: str | None = None


def runs_of(check: Check, scope: Scope) -> Iterator[ExpectationRun]:
    """The rules of a check as expectations."""
    import great_expectations.expectations as native

    for number, rule in enumerate(check.rules):
        if isinstance(rule, Rows):
            words = _words(check, number)
            expectation = getattr(native, rule.expectation)(**rule.arguments, **words)
            yield ExpectationRun(check, number, check.table, scope, expectation)
        else:
            yield _query_run(check, number, scope, rule)


def _words(check: Check, number: int) -> dict[str, Any]:
    return {"meta": {"check": check.id, "rule": number}, "severity": check.severity}


def _query_run(
    check: Check, number: int, scope: Scope, rule: NoRows | Measure | ColumnScan
) -> ExpectationRun:
    from expectations.query_expectation import ExpectQueryToHold

    expectation = ExpectQueryToHold(
        sql=rule.scan_sql if isinstance(rule, ColumnScan) else rule.sql,
        parameters=scope.parameters(),
        is_measure=isinstance(rule, Measure),
        counts=rule.column if isinstance(rule, ColumnScan) else "",
        **_words(check, number),
    )
    return ExpectationRun(check, number, QUERIES, scope, expectation)


def detail_query(run: ExpectationRun) -> ExpectationRun:
    """The run as it is run by itself: of a survey, the query for the rows."""
    if not isinstance(run.rule, ColumnScan):
        return run
    query = NoRows(run.rule.detail_sql)
    return _query_run(run.check, run.number, run.scope, query)
