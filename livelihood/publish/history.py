"""The list of releases, and what changed between two of them."""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import sql

from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import releases


@dataclass(frozen=True)
class MartDifference:
    """Keys of a mart that are new, missing or different in the later of two releases."""

    mart: str
    added: int
    removed: int
    changed: int


def list_releases(settings: Settings, limit: int = 20) -> list[releases.Release]:
    """Return the newest releases, newest first."""
    with connect(settings) as connection:
        return releases.list_newest(connection, limit)


def diff_releases(settings: Settings, earlier: int, later: int) -> list[MartDifference]:
    """Count changed keys per mart between two releases; marts without a change are left out.

    A row that changed and changed back in between counts as changed. Raises LivelihoodError if
    either release does not exist or the order is wrong.
    """
    with connect(settings) as connection:
        if earlier >= later or not releases.exist(connection, earlier, later):
            raise LivelihoodError(
                f"{earlier} and {later} are not two releases in order: `livelihood releases` lists "
                "them"
            )
        keys = connection.execute(_KEYS).fetchall()
        differences = []
        for mart, key in keys:
            bounds = {"earlier": earlier, "later": later}
            row = connection.execute(_difference(mart, key), bounds).fetchone()
            if row and any(row):
                differences.append(MartDifference(mart, *row))
        return differences


# Published marts with the columns of their partial unique index.
_KEYS = r"""
    select left(t.relname, -length('_vintages')), array_agg(a.attname::text order by a.attnum)
    from pg_class t
    join pg_index i on i.indrelid = t.oid and i.indisunique
    join pg_attribute a on a.attrelid = i.indexrelid
    where t.relnamespace = 'published'::regnamespace and t.relname like '%\_vintages'
    group by t.relname order by t.relname"""

# Reads only rows that exactly one of the two releases shows.
_DIFFERENCE = sql.SQL("""
    with visible as (
        select {key},
            from_release <= %(earlier)s and coalesce(to_release > %(earlier)s, true) as is_early,
            from_release <= %(later)s and coalesce(to_release > %(later)s, true) as is_late
        from {vintages}
    ),
    differing as (
        select {key}, bool_or(is_early) as was_there, bool_or(is_late) as is_there
        from visible
        where is_early <> is_late
        group by {key}
    )
    select
        count(*) filter (where not was_there),
        count(*) filter (where not is_there),
        count(*) filter (where was_there and is_there)
    from differing""")


def _difference(mart: str, key: list[str]) -> sql.Composed:
    return _DIFFERENCE.format(
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        vintages=sql.Identifier("published", f"{mart}_vintages"),
    )
