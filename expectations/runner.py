"""Runs checks in Great Expectations: everything once for its verdict, failures again for samples.

The first pass asks for verdicts alone, so that Great Expectations bundles the checks of a table
into one scan. What fails runs again with a sample of its rows; what raised runs again by itself,
because one failing statement takes its whole bundle with it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from expectations.check import Check, Measure, NoRows, Outcome, Rows
from expectations.scope import Scope
from livelihood.settings import Settings

SAMPLE_ROWS = 10
STATEMENT_TIMEOUT_SECONDS = 120
_ASSET_OF_QUERIES = "queries"


@dataclass(frozen=True)
class _Trial:
    """One rule of one check, as an expectation on a table."""

    check: Check
    number: int
    table: str
    expectation: Any

    @property
    def rule(self) -> Rows | NoRows | Measure:
        return self.check.rules[self.number]


@dataclass(frozen=True)
class _Result:
    """What Great Expectations says about a trial."""

    success: bool
    result: dict[str, Any]
    exception: str | None


def run_checks(settings: Settings, checks: Sequence[Check], scope: Scope) -> list[Outcome]:
    """The outcome of every check, in the order given; a check that raises has failed."""
    vacuous = {check.id: reason for check in checks if (reason := _vacuous(check, scope))}
    with _warehouse(settings) as warehouse:
        trials = [
            trial for check in checks if check.id not in vacuous for trial in _trials(check, scope)
        ]
        results = _run(warehouse, trials)
    by_check: dict[str, list[tuple[_Trial, _Result]]] = defaultdict(list)
    for trial in trials:
        by_check[trial.check.id].append((trial, results[trial.check.id, trial.number]))
    return [
        Outcome(check, True, vacuous[check.id])
        if check.id in vacuous
        else _outcome(check, by_check[check.id])
        for check in checks
    ]


def _vacuous(check: Check, scope: Scope) -> str | None:
    if check.compares and scope.release_id is None:
        return "no earlier release: nothing to compare with"
    if check.stream is not None and not scope.has_new_loads(check.stream):
        return "no new loads since the last release"
    return None


@contextmanager
def _warehouse(settings: Settings) -> Iterator[Any]:
    """The warehouse as a data source of an ephemeral context; read only, closed at the end."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    milliseconds = STATEMENT_TIMEOUT_SECONDS * 1000
    options = f"-c default_transaction_read_only=on -c statement_timeout={milliseconds} -c jit=off"
    source = context.data_sources.add_postgres(
        "warehouse",
        connection_string=settings.database_url(driver="postgresql+psycopg"),
        kwargs={"connect_args": {"options": options, "application_name": "livelihood gate"}},
    )
    try:
        yield source
    finally:
        source.get_execution_engine().engine.dispose()


def _trials(check: Check, scope: Scope) -> Iterator[_Trial]:
    import great_expectations.expectations as expectations

    from expectations.query import ExpectQueryToHold

    for number, rule in enumerate(check.rules):
        meta = {"check": check.id, "rule": number}
        if isinstance(rule, Rows):
            make = getattr(expectations, rule.expectation)
            arguments = dict(rule.arguments) | _new_rows(check, scope)
            expectation = make(**arguments, meta=meta, severity=check.severity)
            yield _Trial(check, number, check.table, expectation)
        else:
            expectation = ExpectQueryToHold(
                sql=rule.sql,
                parameters=scope.parameters(),
                is_measure=isinstance(rule, Measure),
                meta=meta,
                severity=check.severity,
            )
            yield _Trial(check, number, _ASSET_OF_QUERIES, expectation)


def _new_rows(check: Check, scope: Scope) -> dict[str, str]:
    # Before the first release all rows are new: without a condition the scan is cheaper.
    if check.stream is None or not scope.released.get(check.stream):
        return {}
    return {
        "row_condition": f'col("_load_id") > {scope.released[check.stream]}',
        "condition_parser": "great_expectations",
    }


def _run(warehouse: Any, trials: Sequence[_Trial]) -> dict[tuple[str, int], _Result]:
    by_table: dict[str, list[_Trial]] = defaultdict(list)
    for trial in trials:
        by_table[trial.table].append(trial)
    results: dict[tuple[str, int], _Result] = {}
    for table, there in by_table.items():
        try:
            batch = _batch(warehouse, table)
        except Exception as error:
            message = f"{table} cannot be read: {_first_line(str(error))}"
            results |= {(t.check.id, t.number): _Result(False, {}, message) for t in there}
            continue
        results |= _run_on(batch, there)
    return results


def _batch(warehouse: Any, table: str) -> Any:
    if table == _ASSET_OF_QUERIES:
        asset = warehouse.add_query_asset(table, query="select 1 as one")
    else:
        schema, name = table.split(".")
        asset = warehouse.add_table_asset(table, table_name=name, schema_name=schema)
    return asset.add_batch_definition_whole_table("whole").get_batch()


def _run_on(batch: Any, trials: Sequence[_Trial]) -> dict[tuple[str, int], _Result]:
    results = _validate(batch, trials, "BOOLEAN_ONLY")
    for trial in trials:
        key = (trial.check.id, trial.number)
        if key not in results or results[key].exception or _wants_sample(trial, results[key]):
            results |= _validate(batch, [trial], _with_sample(trial))
        results.setdefault(key, _Result(False, {}, "Great Expectations returned no result"))
    return results


def _wants_sample(trial: _Trial, result: _Result) -> bool:
    return not result.success and isinstance(trial.rule, Rows)


def _with_sample(trial: _Trial) -> dict[str, Any]:
    # SUMMARY limits the sample in SQL; COMPLETE would fetch every offending row.
    keys = list(trial.rule.keys) if isinstance(trial.rule, Rows) else []
    return {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SAMPLE_ROWS,
        "unexpected_index_column_names": keys,
    }


def _validate(
    batch: Any, trials: Sequence[_Trial], result_format: str | dict[str, Any]
) -> dict[tuple[str, int], _Result]:
    import great_expectations as gx

    suite = gx.ExpectationSuite(
        name=trials[0].table, expectations=[trial.expectation for trial in trials]
    )
    validated = batch.validate(suite, result_format=result_format)
    results = {}
    for one in validated.results:
        meta = one.expectation_config.meta
        exception = _exception(one.exception_info or {})
        success = bool(one.success) and exception is None
        results[meta["check"], meta["rule"]] = _Result(success, one.result or {}, exception)
    return results


def _exception(info: dict[str, Any]) -> str | None:
    """The message of an exception; Great Expectations nests them by metric, or does not."""
    nested: Iterable[Any] = [info] if "raised_exception" in info else info.values()
    for one in nested:
        if one.get("raised_exception"):
            return _first_line(str(one.get("exception_message")))
    return None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")


def _outcome(check: Check, results: Sequence[tuple[_Trial, _Result]]) -> Outcome:
    failed = [(trial, result) for trial, result in results if not result.success]
    exceptions = [result.exception for _, result in failed if result.exception]
    if not failed:
        observed = [
            str(r.result["observed_value"]) for _, r in results if "observed_value" in r.result
        ]
        return Outcome(check, True, "; ".join(observed) or "as expected")
    observed = [text for trial, result in failed if (text := _observed(trial, result))]
    sample = [row for trial, result in failed for row in _sample(trial, result)]
    return Outcome(
        check,
        False,
        "; ".join(observed) or "could not be checked",
        tuple(sample[:SAMPLE_ROWS]),
        "; ".join(dict.fromkeys(exceptions)) or None,
    )


def _observed(trial: _Trial, result: _Result) -> str:
    if result.exception:
        return ""
    if "unexpected_count" not in result.result:
        return str(result.result.get("observed_value", ""))
    rule = trial.rule
    columns = ", ".join(_columns(rule)) if isinstance(rule, Rows) else ""
    return f"{columns}: {result.result['unexpected_count']} rows"


def _columns(rule: Rows) -> list[str]:
    named = [
        rule.arguments[key] for key in ("column", "column_A", "column_B") if key in rule.arguments
    ]
    return [*named, *rule.arguments.get("column_list", [])]


def _sample(trial: _Trial, result: _Result) -> list[dict[str, Any]]:
    rule = trial.rule
    if not isinstance(rule, Rows):
        return list(result.result.get("sample", []))
    from expectations.query import plain

    # A personal value never enters a report: the keys lead to the row.
    shown = set(rule.keys) if rule.personal else {*rule.keys, *_columns(rule)}
    rows = result.result.get("partial_unexpected_index_list") or []
    return [{name: plain(cell) for name, cell in row.items() if name in shown} for row in rows]
