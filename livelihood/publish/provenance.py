"""The origin of a release's figures: loads, offsets, and whether any record is simulated."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.warehouse.ledger import loads
from livelihood.warehouse.ledger.releases import Offsets, Release


@dataclass(frozen=True)
class Provenance:
    """Loads since the release before, and next offsets per stream and partition at the horizon."""

    load_ids: dict[str, list[int]]
    offsets: Offsets
    is_simulated: bool


def read_provenance(
    connection: psycopg.Connection, horizon: dict[str, int], newest: Release
) -> Provenance:
    """Return the provenance of a candidate built up to `horizon` (stream → load id)."""
    load_ids: dict[str, list[int]] = {}
    offsets: Offsets = {stream: dict(released) for stream, released in newest.offsets.items()}
    for stream, last_load_id in horizon.items():
        new_loads = loads.between(connection, stream, newest.horizon.get(stream, 0), last_load_id)
        load_ids[stream] = [load.load_id for load in new_loads]
        for load in new_loads:
            if load.kind == "load":
                offsets.setdefault(stream, {}).update(load.to_offsets)
    return Provenance(load_ids, offsets, _is_simulated(connection, newest))


def _is_simulated(connection: psycopg.Connection, newest: Release) -> bool:
    # Where records are simulated the first block read shows it; where none were, only the loads
    # since the newest release are read. Neither reads all of a large table.
    for table in _tables_with_source(connection):
        watermark = 0 if newest.is_simulated else newest.horizon.get(table, 0)
        row = connection.execute(
            sql.SQL(
                "select exists (select 1 from {} where source_system = 'simulator' "
                "and _load_id > %s)"
            ).format(sql.Identifier("landing", table)),
            [watermark],
        ).fetchone()
        if row and row[0]:
            return True
    return False


def _tables_with_source(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        """
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = 'landing'::regnamespace and c.relkind in ('r', 'p')
            and a.attname = 'source_system' and not a.attisdropped
        order by 1"""
    ).fetchall()
    return [row[0] for row in rows]
