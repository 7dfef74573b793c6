"""The tables of published marts: vintages, created when missing, evolved when the mart changes.

Statements that would make readers wait run only if a relation is missing or does not fit the mart;
otherwise this module only reads the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.errors import LivelihoodError
from livelihood.publish.exposure import Mart
from livelihood.publish.views import SCHEMA, create_readers, drop_readers, names, relation

TEXT_TYPES = ("text", "character varying", "character")
# A column may become wider between releases; any other change would alter past values.
WIDER = {
    ("smallint", "integer"),
    ("smallint", "bigint"),
    ("integer", "bigint"),
    ("integer", "numeric"),
    ("bigint", "numeric"),
    ("real", "double precision"),
    ("character varying", "text"),
}


@dataclass(frozen=True)
class StorageState:
    """The relations of a mart in the database: column types in order, key, columns of the view."""

    vintage_types: dict[str, str]
    view_columns: tuple[str, ...]
    key: tuple[str, ...]
    has_function: bool
    has_history_indexes: bool


def ensure_storage(connection: psycopg.Connection, mart: Mart, release_id: int) -> bool:
    """Create or evolve the relations of `mart`. Return whether anything changed.

    Runs inside the caller's transaction. A new column is null in earlier vintages. A column that
    left the mart remains in the vintages only. Raises LivelihoodError for a change of type that
    would alter past values.
    """
    types = _declared_types(connection, mart)
    state = _state(connection, mart.name)
    if not state.vintage_types:
        _create_vintages(connection, mart, types)
        _create_key(connection, mart)
        _create_history_indexes(connection, mart)
    else:
        if not state.has_history_indexes:
            _create_history_indexes(connection, mart)
        columns_changed = _evolve_columns(connection, mart, types, state)
        key_changed = _evolve_key(connection, mart, state, release_id)
        up_to_date = state.view_columns == mart.column_names and state.has_function
        if up_to_date and not columns_changed and not key_changed:
            return False
    create_readers(connection, mart)
    return True


def text_columns(connection: psycopg.Connection, mart: Mart) -> set[str]:
    """Return the columns of the mart's vintages that have a collation."""
    rows = connection.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attcollation <> 0",
        [f"{SCHEMA}.{mart.name}_vintages"],
    ).fetchall()
    return {row[0] for row in rows}


def _declared_types(connection: psycopg.Connection, mart: Mart) -> dict[str, str]:
    types: dict[str, str] = {}
    for column in mart.columns:
        row = connection.execute(
            "select format_type(to_regtype(%s), null)", [column.data_type]
        ).fetchone()
        if row is None or row[0] is None:
            raise LivelihoodError(
                f"column {column.name} of the mart {mart.name} has data_type "
                f"`{column.data_type}`, which PostgreSQL does not know: correct the dbt contract"
            )
        types[column.name] = row[0]
    return types


def _state(connection: psycopg.Connection, name: str) -> StorageState:
    columns = """
        select attname, format_type(atttypid, null) from pg_attribute
        where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum"""
    vintages = connection.execute(columns, [f"{SCHEMA}.{name}_vintages"]).fetchall()
    types: dict[str, str] = {row[0]: row[1] for row in vintages}
    view = tuple(row[0] for row in connection.execute(columns, [f"{SCHEMA}.{name}"]).fetchall())
    key = tuple(row[0] for row in connection.execute(columns, [f"{SCHEMA}.{name}_key"]).fetchall())
    # The function of an earlier version is slow, or shows the remaining rows of a removed release.
    function = connection.execute(
        "select prosrc like '%%asked.rows_removed_at%%' from pg_proc"
        " where oid = to_regprocedure(%s)",
        [f"{SCHEMA}.{name}_at(bigint)"],
    ).fetchone()
    index = connection.execute(
        "select to_regclass(%s) is not null", [f"{SCHEMA}.{name}_to_release"]
    ).fetchone()
    return StorageState(types, view, key, bool(function and function[0]), bool(index and index[0]))


def _column_ddl(name: str, data_type: str) -> sql.Composed:
    ddl = sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(data_type))
    return ddl + sql.SQL(' collate "C"') if data_type in TEXT_TYPES else ddl


def _create_vintages(connection: psycopg.Connection, mart: Mart, types: dict[str, str]) -> None:
    columns = sql.SQL(", ").join(_column_ddl(name, types[name]) for name in mart.column_names)
    connection.execute(
        sql.SQL("create table {} ({}, from_release bigint not null, to_release bigint)").format(
            relation(f"{mart.name}_vintages"), columns
        )
    )


def _create_key(connection: psycopg.Connection, mart: Mart) -> None:
    connection.execute(
        sql.SQL("create unique index {} on {} ({}) where to_release is null").format(
            sql.Identifier(f"{mart.name}_key"),
            relation(f"{mart.name}_vintages"),
            names(mart.key),
        )
    )


def _create_history_indexes(connection: psycopg.Connection, mart: Mart) -> None:
    """Index the releases, so that rows changed by a few of them are found without a full scan."""
    for column, where in (("from_release", ""), ("to_release", " where to_release is not null")):
        connection.execute(
            sql.SQL("create index {} on {} ({})" + where).format(
                sql.Identifier(f"{mart.name}_{column}"),
                relation(f"{mart.name}_vintages"),
                sql.Identifier(column),
            )
        )


def _evolve_columns(
    connection: psycopg.Connection, mart: Mart, types: dict[str, str], state: StorageState
) -> bool:
    changes: list[sql.Composed] = []
    for name, data_type in types.items():
        current = state.vintage_types.get(name)
        if current is None:
            changes.append(sql.SQL("add column ") + _column_ddl(name, data_type))
        elif (current, data_type) in WIDER:
            changes.append(
                sql.SQL("alter column {} type {}").format(sql.Identifier(name), sql.SQL(data_type))
            )
        elif current != data_type:
            raise LivelihoodError(
                f"column {name} of the published mart {mart.name} would change its type from "
                f"{current} to {data_type}, which alters past releases: give it a new name"
            )
    if changes:
        drop_readers(connection, mart)
        connection.execute(
            sql.SQL("alter table {} ").format(relation(f"{mart.name}_vintages"))
            + sql.SQL(", ").join(changes)
        )
    return bool(changes)


def _evolve_key(
    connection: psycopg.Connection, mart: Mart, state: StorageState, release_id: int
) -> bool:
    if state.key == mart.key:
        return False
    # Rows under another key cannot be compared: this release writes all rows again.
    connection.execute(
        sql.SQL("update {} set to_release = %s where to_release is null").format(
            relation(f"{mart.name}_vintages")
        ),
        [release_id],
    )
    connection.execute(sql.SQL("drop index if exists {}").format(relation(f"{mart.name}_key")))
    _create_key(connection, mart)
    return True
