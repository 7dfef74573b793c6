"""All checks of the gate, in two suites: critical closes it, warning is reported."""

from __future__ import annotations

from functools import lru_cache

from expectations.agreement import agreement_checks
from expectations.arrears import arrears_checks, region_checks
from expectations.check import Check, Severity
from expectations.figures import figure_checks
from expectations.history import history_checks
from expectations.landing import landing_checks
from expectations.progress import progress_checks

SEVERITIES: tuple[Severity, ...] = ("critical", "warning")


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """Every check once, in the order the data moves: landing, marts, last release."""
    return (
        *landing_checks(),
        *region_checks(),
        *figure_checks(),
        *agreement_checks(),
        *progress_checks(),
        *arrears_checks(),
        *history_checks(),
    )


def suite(severity: Severity) -> tuple[Check, ...]:
    """The checks of one severity."""
    return tuple(check for check in all_checks() if check.severity == severity)


def checks_markdown() -> str:
    """The page `docs/checks.md`: every check with what it demands and what to do when it fails."""
    lines = [
        "# Checks of the gate",
        "",
        "Generated from `expectations/`; do not edit. A failed critical check closes the gate: "
        "nothing is published and the last release stays. A failed warning is reported.",
    ]
    for severity in SEVERITIES:
        checks = suite(severity)
        lines += [
            "",
            f"## {severity.capitalize()} ({len(checks)})",
            "",
            "| check | on | what must hold | expected | what to do |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| `{check.id}` | `{check.table}` | {check.title}<br>{check.title_zh} "
            f"| {check.expected} | {check.message} |"
            for check in checks
        ]
    return "\n".join(lines) + "\n"
