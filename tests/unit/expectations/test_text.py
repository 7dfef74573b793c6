"""The report at the terminal: verdict first, then each failure with what to do."""

from __future__ import annotations

import io

from rich.console import Console

from expectations import Check, GateVerdict, Outcome, render
from expectations.check import Severity


def _verdict(*outcomes: Outcome, release_id: int | None = 3) -> GateVerdict:
    suites = [
        {
            "name": severity,
            "severity": severity,
            "checks": [o.as_report() for o in outcomes if o.check.severity == severity],
        }
        for severity in ("critical", "warning")
    ]
    failed = [outcome.check.severity for outcome in outcomes if not outcome.success]
    return GateVerdict(
        build_id=7,
        verdict="closed" if "critical" in failed else "open",
        critical_failed=failed.count("critical"),
        warning_failed=failed.count("warning"),
        checks=len(outcomes),
        report={"build_id": 7, "compared_with_release": release_id, "suites": suites},
    )


def _check(name: str, severity: Severity) -> Check:
    return Check(
        id=name,
        severity=severity,
        table="marts.indicator_value",
        title=f"Title of {name}",
        title_zh="标题",
        expected="no [row]",
        message=f"Repair {name}.",
        rules=(),
    )


def _printed(verdict: GateVerdict, **options: bool) -> str:
    text = io.StringIO()
    Console(file=text, width=120).print(render(verdict, **options))
    return text.getvalue()


PASSED = Outcome(_check("passed", "critical"), True, "as expected")
BROKEN = Outcome(
    _check("broken", "critical"), False, "2 rows", ({"region_code": "52", "value": None},)
)
UNSURE = Outcome(_check("unsure", "warning"), False, "could not be checked", (), "no such table")


def test_open_gate_is_one_line() -> None:
    assert _printed(_verdict(PASSED)).splitlines() == [
        "Gate open for build 7: 1 of 1 checks passed."
    ]


def test_failure_says_what_was_seen_and_what_to_do() -> None:
    text = _printed(_verdict(PASSED, BROKEN))
    assert text.startswith("Gate closed for build 7: 1 of 2 checks passed, 1 critical failed.")
    for words in (
        "Title of broken",
        "标题",
        "no [row]",
        "2 rows",
        "region_code=52",
        "Repair broken.",
    ):
        assert words in text
    assert "value=" not in text


def test_exception_is_shown() -> None:
    text = _printed(_verdict(UNSURE))
    assert "1 warning failed" in text
    assert "no such table" in text
    assert "Repair what the error names" in text


def test_first_release_says_that_nothing_was_compared() -> None:
    assert "without comparing" in _printed(_verdict(PASSED, release_id=None))


def test_all_checks_are_listed_on_request() -> None:
    assert "as expected" not in _printed(_verdict(PASSED))
    assert "as expected" in _printed(_verdict(PASSED), all_checks=True)
