"""One small expectation of our own: a query that finds nothing, or that reports its success.

Great Expectations' own query expectation runs its query twice and buffers every row; this one runs
it once, and brings back the number of rows and the first ten. Importing this module imports
Great Expectations, which takes seconds: only `expectations.validation` does, when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

from expectations.check import SAMPLE_ROWS, counted, plain

_METRIC = "livelihood_query.found"


class QueryFound(MetricProvider):  # type: ignore[misc]
    """The number of rows a query returns, and the first of them."""

    metric_name = _METRIC
    domain_keys = ("batch_id",)
    value_keys = ("sql", "parameters")

    @metric_value(engine=SqlAlchemyExecutionEngine)  # type: ignore[untyped-decorator]
    def _sqlalchemy(
        cls,  # noqa: N805 -- Great Expectations passes the class
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: Mapping[str, Any],
        metric_value_kwargs: Mapping[str, Any],
        metrics: Mapping[str, Any],
        runtime_configuration: Mapping[str, Any],
    ) -> dict[str, Any]:
        found = sa.text(
            "select found.*, count(*) over () as rows_found"
            f" from ({metric_value_kwargs['sql']}) as found limit {SAMPLE_ROWS}"
        )
        parameters = metric_value_kwargs["parameters"]
        named = {name: parameters[name] for name in found.compile().params}
        with execution_engine.get_connection() as connection:
            rows = connection.execute(found, named).mappings().all()
        sample = [{name: plain(cell) for name, cell in row.items()} for row in rows]
        counts = [row.pop("rows_found") for row in sample]
        return {"rows": counts[0] if counts else 0, "sample": sample}


class ExpectQueryToHold(BatchExpectation):  # type: ignore[misc]
    """Expect a query to return no row, or one that says it holds.

    Args:
        sql: the query; equal queries of a suite run once.
        parameters: values of the parameters it may name.
        is_measure: whether the row reports `success` and `observed` itself.
        counts: column of the row with the number of rows that break the expectation.
    """

    sql: str
    parameters: dict[str, Any]
    is_measure: bool = False
    counts: str = ""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("sql", "parameters", "is_measure", "counts")

    def _validate(
        self,
        metrics: Mapping[str, Any],
        runtime_configuration: Mapping[str, Any] | None = None,
        execution_engine: SqlAlchemyExecutionEngine | None = None,
    ) -> dict[str, Any]:
        found = metrics[_METRIC]
        row = found["sample"][0] if found["sample"] else {}
        if self.is_measure:
            # What is neither true nor false was not measured, and does not hold.
            details = {"observed_value": str(row.get("observed", "nothing"))}
            return {"success": row.get("success") is True, "result": details}
        rows = row[self.counts] if self.counts else found["rows"]
        details = {"observed_value": counted(rows), "sample": found["sample"]}
        return {"success": rows == 0, "result": details}
