"""Tables of marts created without dbt, with the columns that the marts' contracts declare."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
import yaml
from psycopg import sql

from livelihood.transform.dbt import PROJECT

MARTS_FILE = PROJECT / "models" / "marts" / "_marts.yml"


def create_marts(connection: psycopg.Connection, schema: str, names: Iterable[str]) -> None:
    """Create an empty table for each named mart; published text is collated "C"."""
    for name in names:
        columns = [
            sql.SQL("{} {}{}").format(
                sql.Identifier(column),
                sql.SQL(data_type),
                sql.SQL(' collate "C"' if (schema, data_type) == ("published", "text") else ""),
            )
            for column, data_type in mart_columns(name).items()
        ]
        connection.execute(
            sql.SQL("create table {} ({})").format(
                sql.Identifier(schema, name), sql.SQL(", ").join(columns)
            )
        )


# What the model target_status selects, from published tables alone.
_STATUS = """
    select distinct on (p.target_id, p.region_code)
        p.target_id, p.plan_id, p.region_code, p.period_month, p.status, p.status_since, p.value,
        p.target_value, p.target_value_high, p.gap, p.unit,
        case p.unit when 'pct' then '%' when 'persons' then '人' end as unit_zh,
        case p.unit when 'pct' then '%' else p.unit end as unit_en,
        t.owner, t.duplicate_of, t.duplicate_of is null as is_shown, p.is_part, p.note
    from published.{progress} p join published.dim_target t using (target_id)
    order by p.target_id, p.region_code, p.period_month desc"""


def create_target_status(connection: psycopg.Connection) -> None:
    """Create published.target_status as a view of published.target_progress."""
    query = _STATUS.format(progress="target_progress")
    connection.execute(f"create view published.target_status as {query}".encode())


def create_target_status_at(connection: psycopg.Connection) -> None:
    """Create published.target_status_at, which reads published.target_progress_at."""
    query = _STATUS.format(progress="target_progress_at($1)")
    connection.execute(
        "create function published.target_status_at(bigint) returns setof"
        f" published.target_status language sql as $sql${query}$sql$".encode()
    )


def insert_rows(
    connection: psycopg.Connection,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert rows, whose values are those of `columns`, into a table named with its schema."""
    connection.cursor().executemany(
        sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        ),
        rows,
    )


def mart_columns(name: str) -> dict[str, str]:
    """Return the data type of each column of a mart, in declared order."""
    return _declared_marts()[name]


@functools.cache
def _declared_marts() -> dict[str, dict[str, str]]:
    document = yaml.safe_load(MARTS_FILE.read_text(encoding="utf-8"))
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for model in document["models"]
    }
