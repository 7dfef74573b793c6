"""Readers' access to a mart: a view of the current release, a function for any earlier one."""

from __future__ import annotations

import psycopg
from psycopg import sql

from livelihood.publish.exposure import Mart
from livelihood.warehouse import ANALYST
from livelihood.warehouse.ledger import releases

SCHEMA = "published"


def relation(name: str) -> sql.Identifier:
    """Quote a name in the published schema."""
    return sql.Identifier(SCHEMA, name)


def names(columns: tuple[str, ...], table: str | None = None) -> sql.Composed:
    """Join quoted columns with commas, each with the alias of its table if one is given."""
    prefix = (table,) if table else ()
    return sql.SQL(", ").join(sql.Identifier(*prefix, column) for column in columns)


def drop_readers(connection: psycopg.Connection, mart: Mart) -> None:
    """Drop the view and the function, so that their table can be altered."""
    connection.execute(
        sql.SQL("drop function if exists {}(bigint)").format(relation(f"{mart.name}_at"))
    )
    connection.execute(sql.SQL("drop view if exists {}").format(relation(mart.name)))


def create_readers(connection: psycopg.Connection, mart: Mart) -> None:
    """Create `published.<mart>` and `published.<mart>_at(release)` and grant them to readers.

    Marts about single persons are granted to caseworkers, not to analysts (`Mart.audience`).
    """
    drop_readers(connection, mart)
    vintages = relation(f"{mart.name}_vintages")
    columns = names(mart.column_names)
    connection.execute(
        sql.SQL("create view {} as select {} from {} where to_release is null").format(
            relation(mart.name), columns, vintages
        )
    )
    # A release whose rows retention has removed shows nothing, instead of the rows that remain.
    # The join makes PostgreSQL evaluate the argument once and not for every row.
    body = sql.SQL(
        "select {} from published.release as asked inner join {} as vintage"
        " on vintage.from_release <= asked.release_id"
        " and (vintage.to_release is null or vintage.to_release > asked.release_id)"
        " where asked.release_id = $1 and asked.rows_removed_at is null"
    ).format(names(mart.column_names, "vintage"), vintages)
    connection.execute(
        sql.SQL(
            "create function {}(release bigint) returns setof {} stable language sql as {}"
        ).format(
            relation(f"{mart.name}_at"),
            relation(mart.name),
            sql.Literal(body.as_string(connection)),
        )
    )
    role = sql.Identifier(mart.audience)
    for reader in (mart.name, f"{mart.name}_vintages"):
        # A mart may have had another audience before.
        connection.execute(
            sql.SQL("revoke all on {} from {}").format(relation(reader), sql.Identifier(ANALYST))
        )
        connection.execute(sql.SQL("grant select on {} to {}").format(relation(reader), role))
    function = relation(f"{mart.name}_at")
    connection.execute(sql.SQL("grant execute on function {}(bigint) to {}").format(function, role))


def ensure_release_on(connection: psycopg.Connection) -> None:
    """Create `published.release_on(date)`, the last release by that day, for analysts."""
    releases.ensure_release_on(connection, ANALYST)
