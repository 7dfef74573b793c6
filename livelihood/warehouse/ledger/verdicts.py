"""Verdicts of the gate on builds, each with the report that explains it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any, Literal

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

# The newest verdict as a relation of one row, for statements that must see it at their own instant.
NEWEST = "(select * from ops.gate_result order by gate_id desc limit 1)"


@dataclass(frozen=True)
class GateVerdict:
    """A verdict on a build; `report` holds the outcome of every check by suite.

    `gate_id` and `checked_at` are set when the verdict is recorded.
    """

    build_id: int
    verdict: Literal["open", "closed"]
    critical_failed: int
    warning_failed: int
    checks: int
    report: dict[str, Any]
    gate_id: int = 0
    checked_at: dt.datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the candidate may be published."""
        return self.verdict == "open"

    @property
    def critical_failures(self) -> list[dict[str, Any]]:
        """Reports of the critical checks that failed."""
        return [
            check
            for suite in self.report.get("suites", ())
            for check in suite["checks"]
            if suite["severity"] == "critical" and not check["success"]
        ]


def record(connection: psycopg.Connection, verdict: GateVerdict) -> GateVerdict:
    """Append a verdict and return it with its id and time."""
    row = connection.execute(
        "insert into ops.gate_result"
        " (build_id, verdict, critical_failed, warning_failed, checks, report)"
        " values (%s, %s, %s, %s, %s, %s) returning gate_id, checked_at",
        [
            verdict.build_id,
            verdict.verdict,
            verdict.critical_failed,
            verdict.warning_failed,
            verdict.checks,
            Jsonb(verdict.report),
        ],
    ).fetchone()
    gate_id, checked_at = row or (0, None)
    return replace(verdict, gate_id=gate_id, checked_at=checked_at)


def newest(
    connection: psycopg.Connection, *, build_id: int | None = None, gate_id: int | None = None
) -> GateVerdict | None:
    """Return the newest verdict, the newest on one build, or one by its id; None without one."""
    with connection.cursor(row_factory=class_row(GateVerdict)) as cursor:
        return cursor.execute(
            """
            select build_id, verdict, critical_failed, warning_failed, checks, report, gate_id,
                checked_at
            from ops.gate_result
            where (%(build_id)s::bigint is null or build_id = %(build_id)s)
                and (%(gate_id)s::bigint is null or gate_id = %(gate_id)s)
            order by gate_id desc limit 1""",
            {"build_id": build_id, "gate_id": gate_id},
        ).fetchone()
