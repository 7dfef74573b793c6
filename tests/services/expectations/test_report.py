"""The gate report in the terminal and as a page."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb
from rich.console import Console

from expectations.report import render_gate_html, render_gate_terminal
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings

PASSED = {
    "id": "tree.sums",
    "table": "marts.indicator_value",
    "title": "Townships add up",
    "title_zh": "乡镇合计",
    "success": True,
    "expected": "no difference",
    "observed": "0 rows",
    "message": "Check the roll-up.",
    "sample": [],
    "exception": None,
}
FAILED = PASSED | {
    "id": "history.jump",
    "title": "No jump",
    "title_zh": "无突变",
    "success": False,
    "expected": "below 50 %",
    "observed": "1 row",
    "message": "Ask the bureau whether it is real.",
    "sample": [{"region_code": "522327001", "change_pct": 71.2}],
}
REPORT = {
    "suites": [
        {"name": "livelihood_critical", "severity": "critical", "checks": [PASSED]},
        {"name": "livelihood_warning", "severity": "warning", "checks": [FAILED]},
    ]
}


def test_report_shows_failures_and_advice(warehouse_copy: Settings, tmp_path: Path) -> None:
    with psycopg.connect(warehouse_copy.database_url()) as connection:
        connection.execute(
            "insert into ops.gate_result"
            " (build_id, verdict, critical_failed, warning_failed, checks, report)"
            " values (2, 'open', 0, 1, 2, %s)",
            [Jsonb(REPORT)],
        )
    output = StringIO()
    assert render_gate_terminal(warehouse_copy, Console(file=output, width=100))
    for text in ("OPEN", "history.jump", "71.2", "Ask the bureau whether it is real."):
        assert text in output.getvalue()
    page = render_gate_html(warehouse_copy, tmp_path / "gate.html").read_text(encoding="utf-8")
    for text in ("闸门开放", "无突变", "71.2", "Ask the bureau", "tree.sums"):
        assert text in page


def test_missing_gate_result_names_the_command(warehouse_copy: Settings) -> None:
    with pytest.raises(LivelihoodError, match="livelihood gate"):
        render_gate_terminal(warehouse_copy)
