"""Execution of expectations by Great Expectations.

The first pass asks for success only, so that Great Expectations combines the expectations of a
table into one scan. An expectation that fails runs again with a sample of its rows. One that
raises also runs again, alone, because a failing statement makes its whole combined scan fail.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from expectations.check import SAMPLE_ROWS, Assertion, NoRows
from expectations.expectation_run import QUERIES, ExpectationRun, Result, RunKey, detail_query
from livelihood.settings import Settings

if TYPE_CHECKING:
    from great_expectations.datasource.fluent import PostgresDatasource
    from great_expectations.datasource.fluent.interfaces import Batch

# Read-only; a check that runs longer than the timeout fails. Hash joins instead of merge joins,
# because several text codes are slow to sort, and parallel scans from one megabyte on: together
# they cut the run time of the checks by a third.
CONNECTION_OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=120s -c work_mem=64MB -c jit=off"
    " -c enable_mergejoin=off -c min_parallel_table_scan_size=1MB -c parallel_setup_cost=100"
)


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[PostgresDatasource]:
    """Open the warehouse as a read-only data source of an ephemeral context."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    _silence_log()
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_postgres(
        "warehouse",
        connection_string=settings.database_url(driver="postgresql+psycopg"),
        kwargs={
            "connect_args": {
                "options": CONNECTION_OPTIONS,
                "application_name": "livelihood gate",
            }
        },
    )
    try:
        yield source
    finally:
        # The source has two connection pools: one to inspect tables, one for metrics.
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _silence_log() -> None:
    # Errors are part of the report. Great Expectations logs them again as tracebacks, after about
    # a hundred lines on its import, and sets its own levels, so its log is discarded.
    log = logging.getLogger("great_expectations")
    log.propagate = False
    log.handlers = [logging.NullHandler()]


def validate_all(
    source: PostgresDatasource, runs: Iterable[ExpectationRun]
) -> dict[RunKey, Result]:
    """Return the result of every run. If a table cannot be read, all its runs fail."""
    by_table: dict[str, list[ExpectationRun]] = defaultdict(list)
    for run in runs:
        by_table[run.table].append(run)
    results: dict[RunKey, Result] = {}
    for table, table_runs in by_table.items():
        try:
            batch = _batch(source, table)
        except Exception as error:
            message = f"{table} cannot be read: {_first_line(str(error))}"
            results |= {run.key: Result(False, {}, message) for run in table_runs}
        else:
            results |= _validate_table(batch, table_runs)
    return results


def _batch(source: PostgresDatasource, table: str) -> Batch:
    if table == QUERIES:
        asset = source.add_query_asset(table, query="select 1 as one")
    else:
        # Not a query asset: Great Expectations would fetch all rows to learn the columns.
        schema, name = table.split(".")
        asset = source.add_table_asset(table, table_name=name, schema_name=schema)
    return asset.add_batch_definition_whole_table("whole").get_batch()


def _validate_table(batch: Batch, runs: Sequence[ExpectationRun]) -> dict[RunKey, Result]:
    # A query returns its sample with its result, so details cost nothing.
    is_queries = runs[0].table == QUERIES
    results = _validate(batch, runs, "SUMMARY" if is_queries else "BOOLEAN_ONLY")
    for run in runs:
        first = results.get(run.key, Result(False, {}, "Great Expectations returned no result"))
        has_sample = isinstance(run.rule, NoRows | Assertion)
        if first.exception or not (first.success or has_sample):
            second = _validate(batch, [detail_query(run)], _with_sample(run))
            results[run.key] = _combine(first, second.get(run.key, first))
    return results


def _combine(first: Result, second: Result) -> Result:
    # An exception in the first pass may belong to another statement of the same scan. A failure
    # remains a failure, even if the rows were repaired between the two passes.
    return second if first.exception else replace(second, success=False)


def _with_sample(run: ExpectationRun) -> dict[str, Any]:
    # SUMMARY limits the sample in SQL; COMPLETE would fetch every violating row.
    return {
        "result_format": "SUMMARY",
        "partial_unexpected_count": SAMPLE_ROWS,
        "unexpected_index_column_names": list(getattr(run.rule, "keys", ())),
    }


def _validate(
    batch: Batch, runs: Sequence[ExpectationRun], result_format: str | dict[str, Any]
) -> dict[RunKey, Result]:
    import great_expectations as gx

    expectations = [run.expectation for run in runs]
    suite = gx.ExpectationSuite(name=runs[0].table, expectations=expectations)
    results = {}
    for result in batch.validate(suite, result_format=result_format).results:
        meta = result.expectation_config.meta
        exception = _exception(result.exception_info or {})
        success = bool(result.success) and exception is None
        results[meta["check"], meta["rule"]] = Result(success, result.result or {}, exception)
    return results


def _exception(info: Mapping[str, Any]) -> str | None:
    # Great Expectations sometimes nests exceptions by metric.
    entries = [info] if "raised_exception" in info else info.values()
    messages = [entry["exception_message"] for entry in entries if entry.get("raised_exception")]
    return _first_line(str(messages[0])) if messages else None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")
