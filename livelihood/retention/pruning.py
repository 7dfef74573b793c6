"""Removes what is past its time: superseded records, quarantined messages, rows of old releases.

Everything happens in one transaction while no build runs. docs/decisions/retention.md says why no
figure, present or published, can miss what goes.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from livelihood.contracts import load_contracts
from livelihood.retention.statements import (
    FIRST_KEPT_RELEASE,
    MARK_RELEASES,
    QUARANTINE,
    SUPERSEDED,
    VINTAGE_ROWS,
    VINTAGES,
)
from livelihood.settings import Settings
from livelihood.transform.run import lock_builds
from livelihood.warehouse import connect


@dataclass(frozen=True)
class Removal:
    """Rows of a table that retention removes, and why they may go."""

    table: str
    rows: int
    reason: str


def retain(settings: Settings, *, apply: bool = False) -> list[Removal]:
    """What the settings let go, by table; with `apply` it is removed, otherwise only counted.

    Raises `StageBusy` when a build is running.
    """
    with connect(settings) as connection:
        lock_builds(connection)
        # Releases first: records that only a removed release showed may go as well.
        removals = [
            *_releases(connection, settings.retain_releases_days),
            *_landing(connection, settings.retain_superseded_days),
            _quarantine(connection, settings.retain_quarantine_days),
        ]
        if apply:
            connection.commit()
        else:
            connection.rollback()
    return [removal for removal in removals if removal.rows]


def _releases(connection: psycopg.Connection, days: int | None) -> list[Removal]:
    if days is None:
        return []
    row = connection.execute(FIRST_KEPT_RELEASE, [days]).fetchone()
    first_kept = row[0] if row else None
    if first_kept is None:
        return []
    connection.execute(MARK_RELEASES, [first_kept])
    reason = f"shown only by releases before {first_kept}, older than {days} days"
    return [
        Removal(f"published.{name}", connection.execute(_rows(name), [first_kept]).rowcount, reason)
        for (name,) in connection.execute(VINTAGES).fetchall()
    ]


def _rows(table: str) -> sql.Composed:
    return VINTAGE_ROWS.format(sql.Identifier("published", table))


def _landing(connection: psycopg.Connection, days: int) -> list[Removal]:
    reason = f"replaced more than {days} days ago, and in no kept release"
    found = []
    for stream in load_contracts():
        record = connection.execute(
            "select to_regclass(%s)", [f"intermediate.int_{stream}_records"]
        ).fetchone()
        if record is None or record[0] is None:
            # Nothing has been built of it, so nothing of it may go.
            continue
        statement = SUPERSEDED.format(
            landing=sql.Identifier("landing", stream),
            record=sql.Identifier("intermediate", f"int_{stream}_records"),
        )
        row = connection.execute(statement, {"stream": stream, "days": days}).fetchone()
        found.append(Removal(f"landing.{stream}", row[0] if row else 0, reason))
    return found


def _quarantine(connection: psycopg.Connection, days: int) -> Removal:
    rows = connection.execute(QUARANTINE, [days]).rowcount
    return Removal("ops.quarantine", rows, f"rejected more than {days} days ago")
