"""Comparison of a candidate mart with its current rows: close changed ones, insert new ones.

Two statements per mart, by key. No rows are fetched into the process.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.errors import LivelihoodError
from livelihood.publish.exposure import Mart
from livelihood.publish.views import names, relation
from livelihood.publish.vintages import text_columns

# A changed or deleted row has no equal row in the candidate.
_CLOSE = sql.SQL("""
    update {vintages} released set to_release = %s
    where released.to_release is null and not exists (
        select 1 from {candidate} fresh where {same_key} and not ({values_differ}))""")
# A row without a current one is new, or the new version of a row that was just closed.
_INSERT = sql.SQL("""
    insert into {vintages} ({columns}, from_release)
    select {fresh_columns}, %s from {candidate} fresh
    where not exists (
        select 1 from {vintages} released where released.to_release is null and {same_key})""")
_COUNT = sql.SQL("select count(*) from {vintages} where to_release is null")


@dataclass(frozen=True)
class MartChange:
    """The effect of a release on a mart: its rows now, and the rows closed and inserted."""

    rows: int
    closed: int
    inserted: int

    @property
    def changed(self) -> bool:
        """Return whether any row differs from the release before."""
        return bool(self.closed or self.inserted)


def apply_candidate(connection: psycopg.Connection, mart: Mart, release_id: int) -> MartChange:
    """Make the candidate of `mart` current as of `release_id`, inside the caller's transaction.

    Raises LivelihoodError if the candidate's key is null or not unique.
    """
    parts = _parts(mart, text_columns(connection, mart))
    try:
        closed = connection.execute(_CLOSE.format(**parts), [release_id]).rowcount
        inserted = connection.execute(_INSERT.format(**parts), [release_id]).rowcount
    except (psycopg.errors.UniqueViolation, psycopg.errors.NotNullViolation) as error:
        raise LivelihoodError(
            f"the mart {mart.name} has rows that share a key ({', '.join(mart.key)}): "
            f"{error.diag.message_detail}; correct its model or its meta `key`"
        ) from error
    row = connection.execute(_COUNT.format(**parts)).fetchone()
    return MartChange(row[0] if row else 0, closed, inserted)


def retire_absent(connection: psycopg.Connection, marts: list[Mart], release_id: int) -> int:
    """Close the rows of marts that left the exposure; their vintages stay readable."""
    published = [f"{mart.name}_vintages" for mart in marts]
    absent = connection.execute(
        r"""
        select relname from pg_class
        where relnamespace = 'published'::regnamespace and relkind = 'r'
            and relname like '%%\_vintages' and not relname = any(%s)""",
        [published],
    ).fetchall()
    return sum(
        connection.execute(
            sql.SQL("update {} set to_release = %s where to_release is null").format(
                relation(name)
            ),
            [release_id],
        ).rowcount
        for (name,) in absent
    )


def _parts(mart: Mart, texts: set[str]) -> dict[str, sql.Composable]:
    return {
        "vintages": relation(f"{mart.name}_vintages"),
        "candidate": _candidate(mart, texts),
        "columns": names(mart.column_names),
        "fresh_columns": names(mart.column_names, "fresh"),
        "same_key": sql.SQL(" and ").join(
            sql.SQL("fresh.{name} = released.{name}").format(name=sql.Identifier(name))
            for name in mart.key
        ),
        "values_differ": _values_differ(mart),
    }


def _candidate(mart: Mart, texts: set[str]) -> sql.Composed:
    # Published text has the collation "C"; PostgreSQL compares no two collations implicitly.
    columns = sql.SQL(", ").join(
        sql.SQL('{name} collate "C" as {name}' if name in texts else "{name}").format(
            name=sql.Identifier(name)
        )
        for name in mart.column_names
    )
    return sql.SQL("(select {} from {})").format(columns, sql.Identifier(mart.schema, mart.name))


def _values_differ(mart: Mart) -> sql.Composable:
    if not mart.value_names:
        return sql.SQL("false")
    return sql.SQL("row({}) is distinct from row({})").format(
        names(mart.value_names, "fresh"), names(mart.value_names, "released")
    )
