"""The comparison of a candidate mart with what is current: close what changed, insert what is new.

Two statements for a whole mart, by key; nothing is fetched into the process.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.errors import LivelihoodError
from livelihood.publish.exposure import Mart
from livelihood.publish.views import names, relation
from livelihood.publish.vintages import text_columns

# A changed or vanished row has no equal partner in the candidate.
_CLOSE = sql.SQL("""
    update {vintages} held set to_release = %s
    where held.to_release is null and not exists (
        select 1 from {candidate} fresh where {same_key} and not ({values_differ}))""")
# Whatever has no current row by now is new, or the new version of a row just closed.
_INSERT = sql.SQL("""
    insert into {vintages} ({columns}, from_release)
    select {fresh_columns}, %s from {candidate} fresh
    where not exists (
        select 1 from {vintages} held where held.to_release is null and {same_key})""")
_COUNT = sql.SQL("select count(*) from {vintages} where to_release is null")


@dataclass(frozen=True)
class MartChange:
    """What a release did to a mart: rows it now has, rows it closed, rows it inserted."""

    rows: int
    closed: int
    inserted: int

    @property
    def changed(self) -> bool:
        """Whether any row differs from the release before."""
        return bool(self.closed or self.inserted)


def apply_candidate(connection: psycopg.Connection, mart: Mart, release_id: int) -> MartChange:
    """Make the candidate of `mart` current as of `release_id`, inside the caller's transaction.

    Raises LivelihoodError when the candidate's key is null or not unique.
    """
    parts = _parts(mart, text_columns(connection, mart))
    try:
        closed = connection.execute(_CLOSE.format(**parts), [release_id]).rowcount
        inserted = connection.execute(_INSERT.format(**parts), [release_id]).rowcount
    except (psycopg.errors.UniqueViolation, psycopg.errors.NotNullViolation) as error:
        message = (
            f"The mart {mart.name} has rows that share a key ({', '.join(mart.key)}): "
            f"{error.diag.message_detail}. Correct its model or its meta `key`."
        )
        raise LivelihoodError(message) from error
    counted = connection.execute(_COUNT.format(**parts)).fetchone()
    return MartChange(counted[0] if counted else 0, closed, inserted)


def retire_absent(connection: psycopg.Connection, marts: list[Mart], release_id: int) -> int:
    """Close the rows of marts that have left the exposure; their vintages stay readable."""
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
            sql.SQL("fresh.{name} = held.{name}").format(name=sql.Identifier(name))
            for name in mart.key
        ),
        "values_differ": _values_differ(mart),
    }


def _candidate(mart: Mart, texts: set[str]) -> sql.Composed:
    # Published text is kept in the collation "C"; two collations cannot be compared implicitly.
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
        names(mart.value_names, "fresh"), names(mart.value_names, "held")
    )
