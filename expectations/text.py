"""The gate report for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from livelihood.warehouse.ledger.verdicts import GateVerdict

SAMPLE_ROWS_SHOWN = 5
# What to do about a check that could not be carried out, whatever it is about.
REPAIR = "Repair what the error names, then run `livelihood build` and `livelihood gate` again."
_STYLES = {"critical": "red", "warning": "yellow"}


def render(verdict: GateVerdict, *, all_checks: bool = False) -> RenderableType:
    """The verdict and every failed check with what to do; `all_checks` shows the passed as well."""
    parts: list[RenderableType] = [_headline(verdict)]
    for suite in verdict.report["suites"]:
        for check in suite["checks"]:
            if not check["success"]:
                parts.append(_failure(check, suite["severity"]))
    if all_checks:
        parts.append(_table(verdict))
    return Group(*parts)


def _headline(verdict: GateVerdict) -> Text:
    passed = verdict.checks - verdict.critical_failed - verdict.warning_failed
    line = Text()
    line.append(f"Gate {verdict.verdict}", "bold green" if verdict.is_open else "bold red")
    line.append(f" for build {verdict.build_id}: {passed} of {verdict.checks} checks passed")
    for count, word in (
        (verdict.critical_failed, "critical"),
        (verdict.warning_failed, "warning"),
    ):
        if count:
            line.append(f", {count} {word} failed", _STYLES[word])
    if verdict.report["compared_with_release"] is None:
        line.append(". No earlier release: comparisons with it passed without comparing", "dim")
    return line.append(".")


def _failure(check: Mapping[str, Any], severity: str) -> RenderableType:
    style = _STYLES[severity]
    head = Text.assemble(
        ("✗ " if severity == "critical" else "! ", style),
        (check["title"], f"bold {style}"),
        (f"  {check['title_zh']}", style),
        (f"  {check['id']}", "dim"),
    )
    body = Table.grid(padding=(0, 2))
    body.add_column(style="dim")
    body.add_column(overflow="fold")
    body.add_row("expected", escape(check["expected"]))
    body.add_row("observed", escape(check["observed"]))
    if check["exception"]:
        body.add_row("error", escape(check["exception"]))
    for number, row in enumerate(_sample(check)):
        body.add_row("" if number else "for example", escape(row))
    body.add_row("what to do", escape(REPAIR if check["exception"] else check["message"]))
    return Group(Text(), head, Padding(body, (0, 0, 0, 2)))


def _sample(check: Mapping[str, Any]) -> Iterator[str]:
    for row in check["sample"][:SAMPLE_ROWS_SHOWN]:
        yield ", ".join(f"{name}={cell}" for name, cell in row.items() if cell is not None)


def _table(verdict: GateVerdict) -> Table:
    table = Table("", "check", "on", "observed", box=None, pad_edge=False, title_justify="left")
    for suite in verdict.report["suites"]:
        for check in suite["checks"]:
            mark = Text("✓", "green") if check["success"] else Text("✗", _STYLES[suite["severity"]])
            table.add_row(mark, check["id"], check["table"], escape(check["observed"]))
    return table
