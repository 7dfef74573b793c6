"""The declarations: complete, unique, cheap to read, and in the page made from them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from expectations import all_checks, checks_markdown, suite
from expectations.check import Check, Severity
from livelihood.contracts import load_contracts

SEVERITIES: tuple[Severity, ...] = ("critical", "warning")


def test_suites_hold_every_check_once() -> None:
    ids = [check.id for check in all_checks()]
    assert len(ids) == len(set(ids)) >= 30
    assert {check.id for name in SEVERITIES for check in suite(name)} == set(ids)


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
def test_check_says_what_and_what_to_do(check: Check) -> None:
    assert any("\u4e00" <= letter <= "\u9fff" for letter in check.title_zh)
    assert check.title
    assert check.title[-1] != "."
    assert check.expected
    assert check.message.endswith(".")
    assert check.rules
    assert check.table.count(".") == 1


def test_every_stream_is_checked_alike() -> None:
    kinds = {
        stream: {
            check.id.replace(f".{stream}.", ".")
            for check in all_checks()
            if f".{stream}." in check.id
        }
        for stream in load_contracts()
    }
    first, *others = kinds.values()
    assert first
    assert all(other == first for other in others)


def test_page_names_every_check() -> None:
    page = checks_markdown()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == [
        check.id for name in SEVERITIES for check in suite(name)
    ]
    # A pipe inside a cell would break the table.
    assert {row.count(" | ") for row in rows} == {4}


def test_reading_the_checks_does_not_import_great_expectations() -> None:
    code = "import sys, expectations; sys.exit('great_expectations' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
