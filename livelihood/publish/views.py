"""What readers see of a mart: a view of the current release, a function for any earlier one."""

from __future__ import annotations

import psycopg
from psycopg import sql

from livelihood.publish.exposure import Mart
from livelihood.warehouse import ANALYST

SCHEMA = "published"


def relation(name: str) -> sql.Identifier:
    """A name in the published schema, quoted."""
    return sql.Identifier(SCHEMA, name)


def names(columns: tuple[str, ...], table: str | None = None) -> sql.Composed:
    """A comma-separated list of quoted columns, each with its table's alias if there is one."""
    prefix = (table,) if table else ()
    return sql.SQL(", ").join(sql.Identifier(*prefix, column) for column in columns)


def drop_readers(connection: psycopg.Connection, mart: Mart) -> None:
    """Remove the view and the function, so that the table under them can be altered."""
    connection.execute(
        sql.SQL("drop function if exists {}(bigint)").format(relation(f"{mart.name}_at"))
    )
    connection.execute(sql.SQL("drop view if exists {}").format(relation(mart.name)))


def create_readers(connection: psycopg.Connection, mart: Mart) -> None:
    """Create `published.<mart>` and `published.<mart>_at(release)` and let their readers use them.

    What a mart says of single persons is for those who work on the cases, not for analysts.
    """
    drop_readers(connection, mart)
    vintages = relation(f"{mart.name}_vintages")
    columns = names(mart.column_names)
    connection.execute(
        sql.SQL("create view {} as select {} from {} where to_release is null").format(
            relation(mart.name), columns, vintages
        )
    )
    # Of a release whose rows retention removed nothing is shown, rather than what is left of it.
    # The release is looked up, so that an expression that names it is worked out once, not by row.
    body = sql.SQL(
        "select {} from published.release as asked inner join {} as kept"
        " on kept.from_release <= asked.release_id"
        " and (kept.to_release is null or kept.to_release > asked.release_id)"
        " where asked.release_id = $1 and asked.rows_removed_at is null"
    ).format(names(mart.column_names, "kept"), vintages)
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
    """Create `published.release_on(date)`: the last release of that day or before (China time)."""
    known = connection.execute("select to_regprocedure('published.release_on(date)')").fetchone()
    if known and known[0] is not None:
        return
    connection.execute("""
        create function published.release_on(day date) returns bigint stable language sql as $$
            select max(release_id) from published.release
            where released_at < (day + 1)::timestamp at time zone 'Asia/Shanghai'
        $$""")
    connection.execute(
        sql.SQL("grant execute on function published.release_on(date) to {}").format(
            sql.Identifier(ANALYST)
        )
    )
