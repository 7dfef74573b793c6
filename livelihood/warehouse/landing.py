"""Landing tables, derived from the contracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from livelihood.contracts import Column, Contract

# Columns for the origin of a row; they follow the contract's columns.
PROVENANCE: dict[str, str] = {
    "_partition": "integer not null",
    "_offset": "bigint not null",
    "_produced_at": "timestamptz not null",
    "_load_id": "bigint not null",
}


def landing_columns(contract: Contract) -> list[str]:
    """Return the columns of a landing table in the order the loader copies them."""
    return [column.name for column in contract.columns] + list(PROVENANCE)


def current_records(
    connection: psycopg.Connection,
    contract: Contract,
    source_system: str | None,
    batch_rows: int = 20_000,
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the newest revision of landed records that are not withdrawn, in batches.

    The rows have the columns of the contract; without a source system they are those of all.
    """
    statement = sql.SQL(
        """
        select {columns} from (
            select *, row_number() over (
                partition by source_system, {entity_key}, record_id
                order by
                    revision desc, recorded_at desc, _produced_at desc, _partition desc,
                    _offset desc
            ) as age
            from {table}
            where %(source_system)s::text is null or source_system = %(source_system)s
        ) as revisions
        where age = 1 and operation <> 'withdraw'"""
    ).format(
        columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in contract.columns),
        entity_key=sql.Identifier(contract.entity_key),
        table=sql.Identifier("landing", contract.name),
    )
    with connection.cursor(name="current_records") as cursor:
        cursor.execute(statement, {"source_system": source_system})
        while rows := cursor.fetchmany(batch_rows):
            yield rows


def create_landing(connection: psycopg.Connection, contract: Contract) -> None:
    """Create a stream's landing table, or add the columns of a newer contract version."""
    table = sql.Identifier("landing", contract.name)
    declared = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            _type(column),
            sql.SQL(" not null" if column.required else ""),
        )
        for column in contract.columns
    ]
    provenance = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(definition))
        for name, definition in PROVENANCE.items()
    ]
    key = sql.SQL("primary key (_partition, _offset, {})").format(
        sql.Identifier(contract.entity_key)
    )
    connection.execute(
        sql.SQL("create table if not exists {} ({})").format(
            table, sql.SQL(", ").join([*declared, *provenance, key])
        )
    )
    _add_new_columns(connection, contract, table)
    _index_loads(connection, contract, table)
    _comment(connection, contract, table)


def _add_new_columns(
    connection: psycopg.Connection, contract: Contract, table: sql.Identifier
) -> None:
    existing = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0",
        [f"landing.{contract.name}"],
    ).fetchall()
    # Even without effect, ALTER TABLE would wait for all readers of the table.
    for column in contract.columns:
        if (column.name,) not in existing:
            connection.execute(
                sql.SQL("alter table {} add column {} {}").format(
                    table, sql.Identifier(column.name), _type(column)
                )
            )


def _type(column: Column) -> sql.Composable:
    collation = ' collate "C"' if column.physical_type == "text" else ""
    return sql.SQL(f"{column.physical_type}{collation}")


def _index_loads(connection: psycopg.Connection, contract: Contract, table: sql.Identifier) -> None:
    # Loads arrive in order, so a block range index finds new ones at almost no cost to COPY.
    connection.execute(
        sql.SQL("create index if not exists {} on {} using brin (_load_id)").format(
            sql.Identifier(f"{contract.name}_load_id"), table
        )
    )


def _comment(connection: psycopg.Connection, contract: Contract, table: sql.Identifier) -> None:
    text = f"{contract.title_zh}: {contract.description}"
    connection.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(text)))
    for column in contract.columns:
        connection.execute(
            sql.SQL("comment on column {} is {}").format(
                sql.Identifier("landing", contract.name, column.name),
                sql.Literal(f"{column.title_zh}: {column.description}"),
            )
        )
