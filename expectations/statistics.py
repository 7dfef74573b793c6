"""Planner statistics of the tables behind the marts, which a build leaves without any.

PostgreSQL analyses new tables automatically, but not before the gate reads them. Without
statistics, the checks that join indicator values took two minutes instead of two seconds.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

# Share of a table that may change before its statistics are computed again.
STALE_SHARE = 0.1

STALE_TABLES = """
    with sources as (
        select table_schema as schema_name, table_name
        from information_schema.view_table_usage
        where view_schema = 'marts'
        union
        select schemaname, tablename from pg_tables where schemaname = 'marts'
    )
    select sources.schema_name, sources.table_name
    from sources
    join pg_stat_user_tables as stats
        on stats.schemaname = sources.schema_name and stats.relname = sources.table_name
    where greatest(stats.last_analyze, stats.last_autoanalyze) is null
        or stats.n_mod_since_analyze > %s * stats.n_live_tup"""


def refresh_statistics(connection: psycopg.Connection) -> int:
    """Analyse the tables behind the marts that changed much. Return their number.

    The connection must be in autocommit mode, so that the checks see the statistics.
    """
    stale = connection.execute(STALE_TABLES, [STALE_SHARE]).fetchall()
    for schema, table in stale:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(schema, table)))
    return len(stale)
