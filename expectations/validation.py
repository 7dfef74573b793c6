"""Great Expectations at work: runs go in, what it says about each comes out.

The first pass asks for verdicts alone, so that Great Expectations bundles the runs of a table
into one scan. What fails runs again with a sample of its rows; what raised runs again by itself,
because one failing statement takes its whole bundle with it.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from expectations.check import SAMPLE_ROWS, Measure, NoRows
from expectations.expectation_run import QUERIES, ExpectationRun, Result, RunKey, detail_query
from livelihood.settings import Settings

if TYPE_CHECKING:
    from great_expectations.datasource.fluent import PostgresDatasource
    from great_expectations.datasource.fluent.interfaces import Batch

# Read only; a check that hangs fails. Figures are joined with figures by several codes, which are
# slow to sort: hashed, and with both cores on tables of a few megabytes, the checks take two thirds
# of the time.
CONNECTION_OPTIONS = (
    "-c default_transaction_read_only=on -c statement_timeout=120s -c work_mem=64MB -c jit=off"
    " -c enable_mergejoin=off -c min_parallel_table_scan_size=1MB -c parallel_setup_cost=100"
)


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[PostgresDatasource]:
    """The warehouse as a data source of an ephemeral context; read only, closed at the end."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    _silence()
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
        # It keeps two pools: one to look at tables, one for metrics.
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _silence() -> None:
    # What goes wrong is in the report, in words. Its own log tells the same in tracebacks, after
    # a hundred lines about its import, and sets levels of its own: so it leads nowhere.
    log = logging.getLogger("great_expectations")
    log.propagate = False
    log.handlers = [logging.NullHandler()]


def validate_all(
    source: PostgresDatasource, runs: Iterable[ExpectationRun]
) -> dict[RunKey, Result]:
    """The result of every run; a table that cannot be read fails all of its own."""
    by_table: dict[str, list[ExpectationRun]] = defaultdict(list)
    for run in runs:
        by_table[run.table].append(run)
    results: dict[RunKey, Result] = {}
    for table, there in by_table.items():
        try:
            batch = _batch(source, table)
        except Exception as error:
            message = f"{table} cannot be read: {_first_line(str(error))}"
            results |= {run.key: Result(False, {}, message) for run in there}
        else:
            results |= _validate_table(batch, there)
    return results


def _batch(source: PostgresDatasource, table: str) -> Batch:
    if table == QUERIES:
        asset = source.add_query_asset(table, query="select 1 as one")
    else:
        # Never a query for a table: to learn its columns, all of its rows would be fetched.
        schema, name = table.split(".")
        asset = source.add_table_asset(table, table_name=name, schema_name=schema)
    return asset.add_batch_definition_whole_table("whole").get_batch()


def _validate_table(batch: Batch, runs: Sequence[ExpectationRun]) -> dict[RunKey, Result]:
    # A query brings its sample along, so its details are free.
    is_queries = runs[0].table == QUERIES
    results = _validate(batch, runs, "SUMMARY" if is_queries else "BOOLEAN_ONLY")
    for run in runs:
        first = results.get(run.key, Result(False, {}, "Great Expectations gave no result"))
        has_sample = isinstance(run.rule, NoRows | Measure)
        if first.exception or not (first.success or has_sample):
            again = _validate(batch, [detail_query(run)], _with_sample(run))
            results[run.key] = _second_look(first, again.get(run.key, first))
    return results


def _second_look(first: Result, again: Result) -> Result:
    # What raised may have been taken along by another statement. What failed has failed, even if
    # somebody repaired it between the two looks.
    return again if first.exception else replace(again, success=False)


def _with_sample(run: ExpectationRun) -> dict[str, Any]:
    # SUMMARY limits the sample in SQL; COMPLETE would fetch every offending row.
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
    for one in batch.validate(suite, result_format=result_format).results:
        meta = one.expectation_config.meta
        exception = _exception(one.exception_info or {})
        success = bool(one.success) and exception is None
        results[meta["check"], meta["rule"]] = Result(success, one.result or {}, exception)
    return results


def _exception(info: Mapping[str, Any]) -> str | None:
    # Great Expectations nests exceptions by metric, or does not.
    nested = [info] if "raised_exception" in info else info.values()
    messages = [one["exception_message"] for one in nested if one.get("raised_exception")]
    return _first_line(str(messages[0])) if messages else None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")
