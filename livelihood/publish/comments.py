"""Comments on published tables in the database: meaning, columns, and whether simulated."""

from __future__ import annotations

import psycopg
from psycopg import sql

from livelihood.publish.exposure import Mart
from livelihood.publish.views import SCHEMA

SIMULATED = "模拟数据 SIMULATED DATA, not the figures of any real place. "
BOOKKEEPING = {
    "from_release": "首次公布批次: number of the release that first showed this row.",
    "to_release": "失效批次: number of the release that replaced or withdrew this row; "
    "null while it is current.",
}
# A relation, and a column of it or an empty string for the relation itself.
Commented = tuple[str, str]


def write_comments(connection: psycopg.Connection, marts: list[Mart], is_simulated: bool) -> int:
    """Update the comments of all published marts. Return how many were written."""
    existing = _existing_comments(connection)
    written = 0
    for mart in marts:
        for commented, text in _declared_comments(mart, is_simulated).items():
            if existing.get(commented) != text:
                _write(connection, commented, text, is_view=commented[0] == mart.name)
                written += 1
    return written


def _existing_comments(connection: psycopg.Connection) -> dict[Commented, str]:
    rows = connection.execute(
        """
        select c.relname, coalesce(a.attname, ''), d.description
        from pg_description d
        join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = d.objsubid and d.objsubid > 0
        where c.relnamespace = %s::regnamespace""",
        [SCHEMA],
    ).fetchall()
    return {(row[0], row[1]): row[2] for row in rows}


def _declared_comments(mart: Mart, is_simulated: bool) -> dict[Commented, str]:
    prefix = SIMULATED if is_simulated else ""
    key = ", ".join(mart.key)
    vintages = f"{mart.name}_vintages"
    comments = {
        (mart.name, ""): f"{prefix}{mart.description} Current release; one row per {key}.",
        (
            vintages,
            "",
        ): f"{prefix}{mart.description} Every release; a row is valid from "
        f"from_release until before to_release. One release: {SCHEMA}.{mart.name}_at(number).",
    }
    for column in mart.columns:
        comments[mart.name, column.name] = column.description
        comments[vintages, column.name] = column.description
    for name, text in BOOKKEEPING.items():
        comments[vintages, name] = text
    return {commented: text for commented, text in comments.items() if text}


def _write(connection: psycopg.Connection, commented: Commented, text: str, is_view: bool) -> None:
    table, column = commented
    if column:
        target = sql.SQL("column {}").format(sql.Identifier(SCHEMA, table, column))
    else:
        kind = sql.SQL("view {}" if is_view else "table {}")
        target = kind.format(sql.Identifier(SCHEMA, table))
    connection.execute(sql.SQL("comment on {} is {}").format(target, sql.Literal(text)))
