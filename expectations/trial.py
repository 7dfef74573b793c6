"""A check's rules as expectations of Great Expectations, and what it said about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expectations.check import Check, Measure, NoRows, Rows, Rule, Surveyed
from expectations.scope import Scope

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

# Queries name their tables themselves; they share one batch that is about none.
QUERIES = "queries"

TrialKey = tuple[str, int]


@dataclass(frozen=True)
class Trial:
    """One rule of one check, as an expectation on a table."""

    check: Check
    number: int
    table: str
    scope: Scope
    expectation: Expectation

    @property
    def key(self) -> TrialKey:
        """Check and rule, as they come back in the result."""
        return self.check.id, self.number

    @property
    def rule(self) -> Rule:
        """The rule that is tried."""
        return self.check.rules[self.number]


@dataclass(frozen=True)
class Result:
    """What Great Expectations says about a trial; one that raised was not successful."""

    success: bool
    details: Mapping[str, Any]
    exception: str | None = None


def trials_of(check: Check, scope: Scope) -> Iterator[Trial]:
    """The rules of a check as expectations."""
    import great_expectations.expectations as native

    for number, rule in enumerate(check.rules):
        if isinstance(rule, Rows):
            words = _words(check, number)
            expectation = getattr(native, rule.expectation)(**rule.arguments, **words)
            yield Trial(check, number, check.table, scope, expectation)
        else:
            yield _query_trial(check, number, scope, rule)


def _words(check: Check, number: int) -> dict[str, Any]:
    return {"meta": {"check": check.id, "rule": number}, "severity": check.severity}


def _query_trial(
    check: Check, number: int, scope: Scope, rule: NoRows | Measure | Surveyed
) -> Trial:
    from expectations.query import ExpectQueryToHold

    expectation = ExpectQueryToHold(
        sql=rule.survey_sql if isinstance(rule, Surveyed) else rule.sql,
        parameters=scope.parameters(),
        is_measure=isinstance(rule, Measure),
        counts=rule.column if isinstance(rule, Surveyed) else "",
        **_words(check, number),
    )
    return Trial(check, number, QUERIES, scope, expectation)


def singled_out(trial: Trial) -> Trial:
    """The trial as it is run by itself: of a survey, the query for the rows."""
    if not isinstance(trial.rule, Surveyed):
        return trial
    query = NoRows(trial.rule.sample_sql)
    return _query_trial(trial.check, trial.number, trial.scope, query)
