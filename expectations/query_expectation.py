"""The custom expectation for queries: one that returns no row, or one that states its success.

The query expectation of Great Expectations runs its query twice and buffers every row. This one
runs it once and fetches the number of rows and the first ten. Importing this module imports Great
Expectations, which takes seconds, so only `expectations.expectation_run` does so, when it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

from expectations.check import SAMPLE_ROWS, describe_rows, to_json_value

_METRIC = "livelihood_query.result"


class QueryResult(MetricProvider):  # type: ignore[misc]
    """The metric of a query: the number of rows it returns, and the first of them."""

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
        statement = sa.text(f"""
            select query.*, count(*) over () as total_rows
            from ({metric_value_kwargs["sql"]}) as query
            limit {SAMPLE_ROWS}""")
        parameters = metric_value_kwargs["parameters"]
        used = {name: parameters[name] for name in statement.compile().params}
        with execution_engine.get_connection() as connection:
            rows = connection.execute(statement, used).mappings().all()
        sample = [{name: to_json_value(cell) for name, cell in row.items()} for row in rows]
        totals = [row.pop("total_rows") for row in sample]
        return {"rows": totals[0] if totals else 0, "sample": sample}


class ExpectQueryToHold(BatchExpectation):  # type: ignore[misc]
    """Expectation that a query returns no row, or a row that states its success.

    Args:
        sql: the query. Equal queries of a suite run once.
        parameters: values of the parameters the query may use.
        is_assertion: whether the row reports `success` and `observed` itself.
        count_column: column of the row with the number of rows that violate the expectation.
    """

    sql: str
    parameters: dict[str, Any]
    is_assertion: bool = False
    count_column: str = ""

    metric_dependencies: ClassVar[tuple[str, ...]] = (_METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("sql", "parameters", "is_assertion", "count_column")

    def _validate(
        self,
        metrics: Mapping[str, Any],
        runtime_configuration: Mapping[str, Any] | None = None,
        execution_engine: SqlAlchemyExecutionEngine | None = None,
    ) -> dict[str, Any]:
        query = metrics[_METRIC]
        first_row = query["sample"][0] if query["sample"] else {}
        if self.is_assertion:
            # A null success means that there was nothing to check, which is a failure.
            details = {"observed_value": str(first_row.get("observed", "nothing"))}
            return {"success": first_row.get("success") is True, "result": details}
        rows = first_row[self.count_column] if self.count_column else query["rows"]
        details = {"observed_value": describe_rows(rows), "sample": query["sample"]}
        return {"success": rows == 0, "result": details}
