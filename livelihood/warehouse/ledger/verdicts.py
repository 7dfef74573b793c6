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

    `critical_failed` does not count accepted checks. `gate_id` and `checked_at` are set when the
    verdict is recorded.
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
        """Reports of the critical checks that failed and were not accepted."""
        return [check for check in self._failed_critical() if not check.get("accepted")]

    @property
    def accepted_checks(self) -> list[dict[str, Any]]:
        """The accepted checks: `check`, `by`, `reason`, `at` and the `observed` result."""
        return [
            {"check": check["id"], "observed": check["observed"], **check["accepted"]}
            for check in self._failed_critical()
            if check.get("accepted")
        ]

    def _failed_critical(self) -> list[dict[str, Any]]:
        return [
            check
            for suite in self.report.get("suites", ())
            for check in suite["checks"]
            if suite["severity"] == "critical" and not check["success"]
        ]


@dataclass(frozen=True)
class Acceptance:
    """The decision of a person to publish a build although a check failed."""

    build_id: int
    check_id: str
    accepted_by: str
    reason: str
    observed: str
    accepted_at: dt.datetime | None = None

    def as_report(self) -> dict[str, str]:
        """Return the decision as the report of the gate shows it."""
        at = "" if self.accepted_at is None else self.accepted_at.isoformat(timespec="seconds")
        return {"by": self.accepted_by, "reason": self.reason, "at": at}


def accept(connection: psycopg.Connection, acceptance: Acceptance) -> None:
    """Record a decision. It applies to its build only and is never changed or deleted."""
    connection.execute(
        "insert into ops.gate_acceptance (build_id, check_id, accepted_by, reason, observed)"
        " values (%s, %s, %s, %s, %s) on conflict (build_id, check_id) do nothing",
        [
            acceptance.build_id,
            acceptance.check_id,
            acceptance.accepted_by,
            acceptance.reason,
            acceptance.observed,
        ],
    )


def acceptances(connection: psycopg.Connection, build_id: int) -> dict[str, Acceptance]:
    """Return the decisions on a build by check."""
    with connection.cursor(row_factory=class_row(Acceptance)) as cursor:
        cursor.execute(
            "select build_id, check_id, accepted_by, reason, observed, accepted_at"
            " from ops.gate_acceptance where build_id = %s",
            [build_id],
        )
        return {acceptance.check_id: acceptance for acceptance in cursor}


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
