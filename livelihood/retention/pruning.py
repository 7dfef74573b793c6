"""Deletion of expired rows: superseded records, quarantined messages, rows of old releases.

Everything happens in one transaction while no build runs. docs/decisions/retention.md explains why
no figure, present or published, depends on the deleted rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.contracts import Contract, load_contracts
from livelihood.retention.statements import QUARANTINE, SUPERSEDED, VINTAGE_ROWS, VINTAGES
from livelihood.settings import Settings
from livelihood.warehouse import connect, lease
from livelihood.warehouse.ledger import builds, loads, releases


@dataclass(frozen=True)
class Removal:
    """Rows of a table that retention deletes, and why."""

    table: str
    rows: int
    reason: str


def prune(settings: Settings, *, apply: bool = False) -> list[Removal]:
    """Return the expired rows by table, and delete them with `apply`.

    Raises `StageBusy` if a build is running.
    """
    with connect(settings) as connection, lease(connection, "build"):
        # Releases first: records that only a removed release showed expire with it.
        removals = [
            *_releases(connection, settings.retain_releases_days),
            *_landing(connection, settings.retain_superseded_days),
            *_quarantine(connection, settings.retain_quarantine_days),
        ]
        if apply:
            connection.commit()
        else:
            connection.rollback()
    return [removal for removal in removals if removal.rows]


def _releases(connection: psycopg.Connection, days: int | None) -> list[Removal]:
    if days is None:
        return []
    first_retained = releases.first_since(connection, days)
    if first_retained is None:
        return []
    releases.mark_rows_removed(connection, first_retained)
    reason = f"shown only by releases before {first_retained}, older than {days} days"
    return [
        Removal(
            f"published.{name}",
            connection.execute(_rows(name), [first_retained]).rowcount,
            reason,
        )
        for (name,) in connection.execute(VINTAGES).fetchall()
    ]


def _rows(table: str) -> sql.Composed:
    return VINTAGE_ROWS.format(sql.Identifier("published", table))


def _landing(connection: psycopg.Connection, days: int) -> list[Removal]:
    reason = f"replaced more than {days} days ago, and in no retained release"
    newest = releases.newest(connection)
    removals = []
    for stream, contract in load_contracts().items():
        record = connection.execute(
            "select to_regclass(%s)", [f"intermediate.int_{stream}_records"]
        ).fetchone()
        if record is None or record[0] is None:
            # Records that were never built are not deleted.
            continue
        # The gate still counts the rows of loads that no release has shown.
        released = newest.horizon.get(stream, 0) if newest else 0
        parameters = {
            "settled": min(builds.built_up_to(connection, "intermediate", stream) or 0, released),
            "expired": loads.committed_before(connection, stream, days),
            "readable": releases.readable_horizons(connection, stream),
        }
        row = connection.execute(_superseded(contract), parameters).fetchone()
        removals.append(Removal(f"landing.{stream}", row[0] if row else 0, reason))
    return removals


def _superseded(contract: Contract) -> sql.Composed:
    def identity(*table: str) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier(*table, name) for name in contract.identity)

    return SUPERSEDED.format(
        landing=sql.Identifier("landing", contract.name),
        record=sql.Identifier("intermediate", f"int_{contract.name}_records"),
        identity=identity(),
        copy_identity=identity("copy"),
        removable_identity=identity("removable"),
        entity=sql.Identifier(contract.entity_key),
    )


def _quarantine(connection: psycopg.Connection, days: int) -> list[Removal]:
    reason = f"rejected more than {days} days ago"
    rows = connection.execute(QUARANTINE, [days]).rowcount
    counted = loads.prune_overflows(connection, days)
    return [
        Removal("ops.quarantine", rows, reason),
        Removal("ops.quarantine_overflow", counted, reason),
    ]
