"""The catalogue of checks: complete, unique, cheap to import, and listed in docs/checks.md."""

from __future__ import annotations

import subprocess
import sys

import pytest

from expectations import all_checks, checks_markdown, suite
from expectations.check import Check, Severity
from livelihood.contracts import load_contracts

SEVERITIES: tuple[Severity, ...] = ("critical", "warning")


def test_suites_contain_every_check_once() -> None:
    ids = [check.id for check in all_checks()]
    assert len(ids) == len(set(ids)) >= 30
    assert {check.id for name in SEVERITIES for check in suite(name)} == set(ids)


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
def test_check_has_title_requirement_and_advice(check: Check) -> None:
    assert any("\u4e00" <= letter <= "\u9fff" for letter in check.title_zh)
    assert check.title
    assert check.title[-1] != "."
    assert check.expected
    assert check.message.endswith(".")
    assert check.rules
    assert check.table.count(".") == 1


def test_all_streams_have_the_same_checks() -> None:
    kinds = {
        stream: {
            check.id.replace(f".{stream}.", ".")
            for check in all_checks()
            if f".{stream}." in check.id and not check.id.startswith("business_keys.")
        }
        for stream in load_contracts()
    }
    first, *remaining = kinds.values()
    assert first
    assert all(checks == first for checks in remaining)


def test_page_lists_every_check() -> None:
    page = checks_markdown()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [
        check.id for name in SEVERITIES for check in suite(name)
    ]
    # A pipe inside a cell would add a column.
    assert {row.count(" | ") for row in rows} == {4}


def test_catalogue_does_not_import_great_expectations() -> None:
    code = "import sys, expectations; sys.exit('great_expectations' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
