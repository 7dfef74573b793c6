"""Runs checks over a candidate and says of each what was observed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from expectations.check import SAMPLE_ROWS, Check, Outcome, Rows, counted, plain
from expectations.expectation_run import ExpectationRun, Result, runs_of
from expectations.scope import Scope
from expectations.validation import open_warehouse, validate_all
from livelihood.settings import Settings


def run_checks(settings: Settings, checks: Sequence[Check], scope: Scope) -> list[Outcome]:
    """The outcome of every check, in the order given; a check that raises has failed."""
    excused = {check.id: reason for check in checks if (reason := skip_reason(check, scope))}
    tried = [check for check in checks if check.id not in excused]
    with open_warehouse(settings) as source:
        runs = [run for check in tried for run in runs_of(check, scope)]
        results = validate_all(source, runs)
    by_check: dict[str, list[tuple[ExpectationRun, Result]]] = defaultdict(list)
    for run in runs:
        by_check[run.check.id].append((run, results[run.key]))
    return [
        Outcome(check, True, excused[check.id])
        if check.id in excused
        else _outcome(check, by_check[check.id])
        for check in checks
    ]


def skip_reason(check: Check, scope: Scope) -> str | None:
    """Return why a check passes without being run, or None if it must run."""
    if check.compares and scope.release_id is None:
        return "no earlier release: nothing to compare with"
    if check.stream is not None and not scope.has_new_loads(check.stream):
        return "no new loads since the last release"
    return None


def _outcome(check: Check, tried: Sequence[tuple[ExpectationRun, Result]]) -> Outcome:
    failed = [(run, result) for run, result in tried if not result.success]
    if not failed:
        return Outcome(check, True, "; ".join(_values(tried)) or "as expected")
    exceptions = dict.fromkeys(result.exception for _, result in failed if result.exception)
    sample = [row for run, result in failed for row in _sample(run, result)]
    return Outcome(
        check,
        False,
        "; ".join(_values(failed)) or "could not be checked",
        tuple(sample[:SAMPLE_ROWS]),
        "; ".join(exceptions) or None,
    )


def _values(tried: Sequence[tuple[ExpectationRun, Result]]) -> Iterator[str]:
    for run, result in tried:
        if "unexpected_count" in result.details and isinstance(run.rule, Rows):
            columns = ", ".join(_columns(run.rule))
            yield f"{columns}: {counted(result.details['unexpected_count'])}"
        elif "observed_value" in result.details:
            yield str(result.details["observed_value"])


def _columns(rule: Rows) -> list[str]:
    arguments = rule.arguments
    named = [arguments[key] for key in ("column", "column_A", "column_B") if key in arguments]
    return [*named, *arguments.get("column_list", [])]


def _sample(run: ExpectationRun, result: Result) -> list[dict[str, Any]]:
    rule = run.rule
    if not isinstance(rule, Rows):
        return list(result.details.get("sample", []))
    # A personal value never enters a report: the keys lead to the row.
    shown = set(rule.keys) if rule.personal else {*rule.keys, *_columns(rule)}
    # An expectation about several columns gives rows of them instead of keys.
    rows = result.details.get("partial_unexpected_index_list") or [
        row for row in result.details.get("partial_unexpected_list", []) if isinstance(row, dict)
    ]
    return [{name: plain(cell) for name, cell in row.items() if name in shown} for row in rows]
