"""Reconciliation: recompute everything in scratch schemas and compare row by row."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from livelihood.settings import Settings
from livelihood.transform.dbt import run_dbt
from livelihood.transform.run import variables
from livelihood.warehouse import connect, lease
from livelihood.warehouse.ledger import builds

logger = logging.getLogger(__name__)

PREFIX = "reconcile_"
_LAYERS = ("seeds", "staging", "intermediate", "marts")
_RECOMPUTE = [
    "build",
    "--full-refresh",
    *("--exclude-resource-type", "test"),
    *("--exclude-resource-type", "unit_test"),
]
_TEST_KEYS = ["test", "--select", "tag:keys"]


@dataclass(frozen=True)
class ReconcileReport:
    """Rows that differ between the candidate and its recomputation, per table."""

    build_id: int
    differences: dict[str, int] = field(default_factory=dict)

    @property
    def is_equal(self) -> bool:
        """Whether every table agrees."""
        return not any(self.differences.values())


def reconcile(settings: Settings) -> ReconcileReport:
    """Recompute the newest candidate from scratch and count the rows that differ from it.

    Raises `BuildFailed` if the recomputation fails, `StageBusy` if a build is running. The scratch
    schemas are dropped in any case.
    """
    with connect(settings, autocommit=True) as connection, lease(connection, "build"):
        newest = builds.newest_built(connection)
        if newest is None:
            return ReconcileReport(0)
        try:
            dbt_variables = variables(newest.build_id, newest.horizon, newest.as_of_date)
            run_dbt(settings, _RECOMPUTE, dbt_variables, schema_prefix=PREFIX, full_parse=True)
            run_dbt(settings, _TEST_KEYS, dbt_variables, schema_prefix=PREFIX)
            return ReconcileReport(newest.build_id, _compare(connection))
        finally:
            _drop_scratch(connection)


def _compare(connection: psycopg.Connection) -> dict[str, int]:
    tables = connection.execute(
        "select substr(table_schema, %s), table_name from information_schema.tables"
        " where table_schema = any(%s) and table_type = 'BASE TABLE'"
        # The lists of changed keys are a build's work lists, not results.
        " and not starts_with(table_name, 'int_changed_') order by 1, 2",
        (len(PREFIX) + 1, [f"{PREFIX}intermediate", f"{PREFIX}marts"]),
    ).fetchall()
    return {f"{schema}.{table}": _differing(connection, schema, table) for schema, table in tables}


def _differing(connection: psycopg.Connection, schema: str, table: str) -> int:
    """Count the rows in only one of the two tables, without the platform's own columns."""
    columns = [
        name
        for (name,) in connection.execute(
            "select column_name from information_schema.columns where table_schema = %s"
            " and table_name = %s and column_name not like '\\_%%' order by ordinal_position",
            (schema, table),
        )
    ]
    query = sql.SQL(
        "with one as (select {c} from {a}), two as (select {c} from {b})"
        " select (select count(*) from (select * from one except all select * from two) as x)"
        " + (select count(*) from (select * from two except all select * from one) as y)"
    ).format(
        c=sql.SQL(", ").join(map(sql.Identifier, columns)),
        a=sql.Identifier(schema, table),
        b=sql.Identifier(PREFIX + schema, table),
    )
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _drop_scratch(connection: psycopg.Connection) -> None:
    for layer in _LAYERS:
        connection.execute(
            sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(PREFIX + layer))
        )
    builds.delete_watermarks(connection, PREFIX)
