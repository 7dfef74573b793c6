"""The gate's findings in the terminal and as a page."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from expectations.report import render_gate_html, render_gate_terminal
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings


def test_the_gate_report_shows_what_failed_and_what_to_do(
    published: Settings, tmp_path: Path
) -> None:
    output = StringIO()
    assert render_gate_terminal(published, Console(file=output, width=100))
    for words in ("OPEN", "history.jump", "71.2", "Ask the bureau whether it is real."):
        assert words in output.getvalue()
    page = render_gate_html(published, tmp_path / "gate.html").read_text(encoding="utf-8")
    for words in ("闸门开放", "无突变", "71.2", "Ask the bureau", "tree.sums"):
        assert words in page


def test_a_gate_that_has_judged_nothing_says_what_to_do(empty_warehouse: Settings) -> None:
    with pytest.raises(LivelihoodError, match="livelihood gate"):
        render_gate_terminal(empty_warehouse)
