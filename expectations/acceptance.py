"""Acceptance of a failed check: a person decides that one build may be published nevertheless.

A legitimate large correction, such as the withdrawal of a whole delivery, looks like a fault to
checks that compare with the last release. The decision is recorded with who, when and why, shown on
the gate report, the release and the scorecard, and applies to its build only.
"""

from __future__ import annotations

import logging
from typing import Any

from expectations.gate import judge, record_newest
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect, raise_if_disconnected
from livelihood.warehouse.ledger import verdicts
from livelihood.warehouse.ledger.verdicts import Acceptance, GateVerdict

logger = logging.getLogger(__name__)

MIN_REASON_CHARACTERS = 10


def accept_check(settings: Settings, check_id: str, by: str, reason: str) -> GateVerdict:
    """Accept the failed check of the newest verdict, and append the verdict that follows.

    Raises LivelihoodError if the check did not fail or cannot be accepted, or if the name or the
    reason is missing, and NoCandidate if the marts were rebuilt since that verdict.
    """
    by, reason = by.strip(), reason.strip()
    if not by or len(reason) < MIN_REASON_CHARACTERS:
        raise LivelihoodError(
            "an acceptance needs --by with the name of the person and --reason with at least "
            f"{MIN_REASON_CHARACTERS} characters; both are published with the release"
        )
    with raise_if_disconnected("the gate"), connect(settings) as connection:
        last = verdicts.newest(connection)
        if last is None:
            raise LivelihoodError("there is no gate result yet: run `livelihood gate`")
        check = _failed_check(last, check_id)
        acceptance = Acceptance(last.build_id, check_id, by, reason, check["observed"])
        verdicts.accept(connection, acceptance)
        accepted = verdicts.acceptances(connection, last.build_id)
        verdict = record_newest(connection, judge(last.report, accepted))
    logger.warning(
        "build %s: check %s accepted by %s; gate %s",
        verdict.build_id,
        check_id,
        by,
        verdict.verdict,
        extra={"build_id": verdict.build_id, "gate_id": verdict.gate_id},
    )
    return verdict


def _failed_check(verdict: GateVerdict, check_id: str) -> dict[str, Any]:
    failures = {check["id"]: check for check in verdict.critical_failures}
    if check_id not in failures:
        names = ", ".join(sorted(failures)) or "none"
        raise LivelihoodError(
            f"{check_id} is not a failed critical check of build {verdict.build_id}; these are: "
            f"{names}"
        )
    check = failures[check_id]
    if not check.get("acceptable") or check.get("exception"):
        reason = "could not be run" if check.get("exception") else "protects the integrity of data"
        raise LivelihoodError(
            f"{check_id} cannot be accepted, because it {reason}: {check['message']}"
        )
    return check
