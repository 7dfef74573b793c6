"""Running checks on a candidate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from expectations.check import (
    SAMPLE_ROWS,
    Check,
    Outcome,
    TableExpectation,
    describe_rows,
    to_json_value,
)
from expectations.expectation_run import ExpectationRun, Result, expectation_runs
from expectations.scope import Scope
from expectations.validation import open_warehouse, validate_all
from livelihood.settings import Settings


def run_checks(settings: Settings, checks: Sequence[Check], scope: Scope) -> list[Outcome]:
    """Return the outcome of every check, in the given order. A check that raises has failed."""
    skipped = {check.id: reason for check in checks if (reason := skip_reason(check, scope))}
    with open_warehouse(settings) as source:
        runs = [
            run
            for check in checks
            if check.id not in skipped
            for run in expectation_runs(check, scope)
        ]
        results = validate_all(source, runs)
    by_check: dict[str, list[tuple[ExpectationRun, Result]]] = defaultdict(list)
    for run in runs:
        by_check[run.check.id].append((run, results[run.key]))
    return [
        Outcome(check, True, skipped[check.id])
        if check.id in skipped
        else _outcome(check, by_check[check.id])
        for check in checks
    ]


def skip_reason(check: Check, scope: Scope) -> str | None:
    """Return why a check passes without running, or None if it must run."""
    if check.needs_release and scope.release_id is None:
        return "no earlier release: nothing to compare with"
    if check.stream is not None and not scope.has_new_loads(check.stream):
        return "no new loads since the last release"
    return None


def _outcome(check: Check, results: Sequence[tuple[ExpectationRun, Result]]) -> Outcome:
    failed = [(run, result) for run, result in results if not result.success]
    if not failed:
        return Outcome(check, True, "; ".join(_observed_values(results)) or "as expected")
    exceptions = dict.fromkeys(result.exception for _, result in failed if result.exception)
    sample = [row for run, result in failed for row in _sample(run, result)]
    return Outcome(
        check,
        False,
        "; ".join(_observed_values(failed)) or "could not be checked",
        tuple(sample[:SAMPLE_ROWS]),
        "; ".join(exceptions) or None,
    )


def _observed_values(results: Sequence[tuple[ExpectationRun, Result]]) -> Iterator[str]:
    for run, result in results:
        if "unexpected_count" in result.details and isinstance(run.rule, TableExpectation):
            columns = ", ".join(_columns(run.rule))
            yield f"{columns}: {describe_rows(result.details['unexpected_count'])}"
        elif "observed_value" in result.details:
            yield str(result.details["observed_value"])


def _columns(rule: TableExpectation) -> list[str]:
    arguments = rule.arguments
    single = [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]
    return [*single, *arguments.get("column_list", [])]


def _sample(run: ExpectationRun, result: Result) -> list[dict[str, Any]]:
    rule = run.rule
    if not isinstance(rule, TableExpectation):
        return list(result.details.get("sample", []))
    # Personal values never enter a report; the keys identify the row.
    shown = set(rule.keys) if rule.personal else {*rule.keys, *_columns(rule)}
    # An expectation on several columns returns rows of these columns instead of keys.
    rows = result.details.get("partial_unexpected_index_list") or [
        row for row in result.details.get("partial_unexpected_list", []) if isinstance(row, dict)
    ]
    return [
        {name: to_json_value(cell) for name, cell in row.items() if name in shown} for row in rows
    ]
