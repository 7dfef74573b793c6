"""The catalogue of all checks: a failed critical check closes the gate, a warning is reported."""

from __future__ import annotations

from functools import lru_cache

from expectations.check import Check, Severity
from expectations.checks.action_list import ACTION_CHECKS
from expectations.checks.business_keys import business_key_checks
from expectations.checks.candidate import CANDIDATE_CHECKS
from expectations.checks.consistency import CONSISTENCY_CHECKS
from expectations.checks.constraints import CONSTRAINT_CHECKS
from expectations.checks.delivery import delivery_checks
from expectations.checks.history import HISTORY_CHECKS
from expectations.checks.identity import IDENTITY_CHECKS
from expectations.checks.indicator_values import INDICATOR_CHECKS
from expectations.checks.landing import landing_checks
from expectations.checks.months import MONTH_CHECKS
from expectations.checks.region_tree import REGION_CHECKS
from expectations.checks.reports import REPORT_CHECKS
from expectations.checks.target_progress import PROGRESS_CHECKS
from expectations.checks.wage_arrears import ARREARS_CHECKS

SEVERITIES: tuple[Severity, ...] = ("critical", "warning")


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """Return every check once, in the order of the data flow: landing, marts, last release."""
    return (
        *delivery_checks(),
        *landing_checks(),
        *business_key_checks(),
        *CANDIDATE_CHECKS,
        *IDENTITY_CHECKS,
        *CONSTRAINT_CHECKS,
        *INDICATOR_CHECKS,
        *REGION_CHECKS,
        *CONSISTENCY_CHECKS,
        *MONTH_CHECKS,
        *PROGRESS_CHECKS,
        *ARREARS_CHECKS,
        *ACTION_CHECKS,
        *REPORT_CHECKS,
        *HISTORY_CHECKS,
    )


def suite(severity: Severity) -> tuple[Check, ...]:
    """Return the checks of one severity."""
    return tuple(check for check in all_checks() if check.severity == severity)


def checks_markdown() -> str:
    """Return `docs/checks.md`: every check with what it requires and what to do when it fails."""
    lines = [
        "# Checks of the gate",
        "",
        "Generated from `expectations/`; do not edit. A failed critical check closes the gate: "
        "nothing is published and the last release remains. A failed warning is only reported. "
        "Correct records can violate a check marked *acceptable*: then a person may accept its "
        "result for one build with `livelihood gate --accept CHECK --by NAME --reason …`.",
    ]
    for severity in SEVERITIES:
        checks = suite(severity)
        lines += [
            "",
            f"## {severity.capitalize()} ({len(checks)})",
            "",
            "| check | table | requirement | expected | what to do |",
            "|---|---|---|---|---|",
            *(_markdown_row(check) for check in checks),
        ]
    return "\n".join(lines) + "\n"


def _markdown_row(check: Check) -> str:
    title = f"{check.title}<br>{check.title_zh}" + " *acceptable*" * check.is_acceptable
    return f"| `{check.id}` | `{check.table}` | {title} | {check.expected} | {check.message} |"
