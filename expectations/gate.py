"""The verdict of the gate on a candidate: runs every check and records the report."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from expectations.catalogue import SEVERITIES, all_checks
from expectations.check import Outcome, Severity
from expectations.runner import run_checks
from expectations.scope import NoCandidate, Scope, read_scope
from expectations.statistics import refresh_statistics
from livelihood.settings import Settings
from livelihood.warehouse import connect, raise_if_disconnected
from livelihood.warehouse.ledger import builds, verdicts
from livelihood.warehouse.ledger.verdicts import Acceptance, GateVerdict

logger = logging.getLogger(__name__)


def run_gate(settings: Settings, build_id: int | None = None) -> GateVerdict:
    """Check the newest candidate and append the verdict to `ops.gate_result`.

    With `build_id`, only that build is accepted. A closed gate is a verdict, not an error. Raises
    NoCandidate if the marts do not contain the complete build before or after the checks, and
    WarehouseUnavailable if PostgreSQL cannot be reached or the connection drops meanwhile, because
    the results then describe the outage and not the candidate.
    """
    with raise_if_disconnected("the gate"), connect(settings, autocommit=True) as connection:
        scope = read_scope(connection, build_id)
        refresh_statistics(connection)
        try:
            outcomes = run_checks(settings, all_checks(), scope)
        finally:
            # Raises if the connection was lost: the outcomes are void then.
            connection.execute("select 1")
        with connection.transaction():
            accepted = verdicts.acceptances(connection, scope.build_id)
            verdict = record_newest(connection, judge(_report(scope, outcomes), accepted))
    logger.info(
        "build %s: gate %s, %s critical and %s warning checks of %s failed",
        verdict.build_id,
        verdict.verdict,
        verdict.critical_failed,
        verdict.warning_failed,
        verdict.checks,
        extra={"build_id": verdict.build_id, "gate_id": verdict.gate_id},
    )
    return verdict


def last_verdict(settings: Settings, build_id: int) -> str | None:
    """Return the last verdict on the build, 'open' or 'closed', or None if there is none."""
    with connect(settings, autocommit=True) as connection:
        verdict = verdicts.newest(connection, build_id=build_id)
    return None if verdict is None else verdict.verdict


def judge(report: dict[str, Any], accepted: Mapping[str, Acceptance]) -> GateVerdict:
    """Return the verdict that follows from a report, in which it marks the accepted checks."""
    failed = dict.fromkeys(SEVERITIES, 0)
    for suite in report["suites"]:
        for check in suite["checks"]:
            if not check["success"] and check.get("acceptable") and check["id"] in accepted:
                check["accepted"] = accepted[check["id"]].as_report()
            failed[suite["severity"]] += not (check["success"] or "accepted" in check)
    return GateVerdict(
        build_id=report["build_id"],
        verdict="closed" if failed["critical"] else "open",
        critical_failed=failed["critical"],
        warning_failed=failed["warning"],
        checks=sum(len(suite["checks"]) for suite in report["suites"]),
        report=report,
    )


def _report(scope: Scope, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "build_id": scope.build_id,
        "as_of_date": scope.as_of_date.isoformat(),
        "compared_with_release": scope.release_id,
        "suites": [_suite(severity, outcomes) for severity in SEVERITIES],
    }


def _suite(severity: Severity, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    checks = [outcome.as_report() for outcome in outcomes if outcome.check.severity == severity]
    return {"name": f"livelihood_{severity}", "severity": severity, "checks": checks}


def record_newest(connection: psycopg.Connection, verdict: GateVerdict) -> GateVerdict:
    """Record a verdict. Raises NoCandidate if its build is no longer the newest one."""
    # No build may start between this query and the commit: the verdict would describe marts that
    # no longer exist.
    builds.block_new(connection)
    newest = builds.newest(connection)
    if newest is None or newest.build_id != verdict.build_id or not newest.is_built:
        raise NoCandidate(
            f"the marts were rebuilt while the gate checked build {verdict.build_id}; "
            "nothing was recorded: run the gate again"
        )
    return verdicts.record(connection, verdict)
