"""One small expectation of our own: a query that finds nothing, or that reports its success.

Great Expectations' own query expectation runs its query twice and buffers every row; this one runs
it once, and brings back the number of rows and the first ten. Importing this module imports
Great Expectations, which takes seconds: only `expectations.runner` does, when it runs.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import BatchExpectation
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

SAMPLE_ROWS = 10
_METRIC = "livelihood_query.found"


def plain(value: Any) -> Any:
    """A database value as JSON knows it: dates as ISO text, numerics as numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


class QueryFound(MetricProvider):  # type: ignore[misc]
    """The number of rows a query returns, and the first of them."""

    metric_name = _METRIC
    domain_keys = ("batch_id",)
    value_keys = ("sql", "parameters")

    @metric_value(engine=SqlAlchemyExecutionEngine)  # type: ignore[misc]
    def _sqlalchemy(
        cls,  # noqa: N805 -- Great Expectations calls metric functions with the class
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, Any]:
        query = metric_value_kwargs["sql"]
        statement = sa.text(
            f"select found.*, count(*) over () as rows_found from ({query}) as found "  # noqa: S608
            f"limit {SAMPLE_ROWS}"
        )
        named = {
            name: value
            for name, value in metric_value_kwargs["parameters"].items()
            if name in statement._bindparams
        }
        with execution_engine.get_connection() as connection:
            rows = connection.execute(statement, named).mappings().all()
        sample = [{key: plain(cell) for key, cell in row.items()} for row in rows]
        found = [row.pop("rows_found") for row in sample]
        return {"rows": found[0] if found else 0, "sample": sample}


class ExpectQueryToHold(BatchExpectation):  # type: ignore[misc]
    """Expect a query to return no row, or one whose column `success` is true.

    Args:
        sql: the query; `parameters`: values of the parameters it names;
        is_measure: whether the query reports `success` and `observed` itself.
    """

    sql: str
    parameters: dict[str, Any]
    is_measure: bool = False

    metric_dependencies: ClassVar[tuple[str, ...]] = (_METRIC,)
    success_keys: ClassVar[tuple[str, ...]] = ("sql", "parameters", "is_measure")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        found = metrics[_METRIC]
        if not self.is_measure:
            result = {"observed_value": f"{found['rows']} rows", "sample": found["sample"]}
            return {"success": found["rows"] == 0, "result": result}
        row = found["sample"][0] if found["sample"] else {}
        observed = str(row.get("observed", "nothing"))
        # What is neither true nor false was not measured, and does not hold.
        return {"success": row.get("success") is True, "result": {"observed_value": observed}}
