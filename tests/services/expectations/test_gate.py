"""The gate on a warehouse with a release: open when clean, closed by what a check guards."""

from __future__ import annotations

import time

from rich.console import Console

from expectations import render, run_gate
from livelihood.settings import Settings


def test_gate_is_open_on_clean_figures(spoiled: Settings) -> None:
    t = time.time()
    verdict = run_gate(spoiled)
    print("first", time.time() - t)
    t = time.time()
    verdict = run_gate(spoiled)
    print("second", time.time() - t)
    Console(width=140).print(render(verdict, all_checks=True))
    failed = [
        check["id"]
        for suite in verdict.report["suites"]
        for check in suite["checks"]
        if not check["success"]
    ]
    assert failed == []
