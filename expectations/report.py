"""The gate report for the terminal and as a page: failed checks, their rows and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from livelihood.errors import LivelihoodError
from livelihood.pages import template_environment, write_page
from livelihood.settings import Settings
from livelihood.terminal import DataConsole, cell
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import verdicts
from livelihood.warehouse.ledger.verdicts import GateVerdict

TEMPLATES = Path(__file__).parent / "templates"
SAMPLE_ROWS_IN_TERMINAL = 3


class GateReport(GateVerdict):
    """A recorded verdict with its checks in the order of the report."""

    @property
    def suites(self) -> list[dict[str, Any]]:
        """Suites of checks, failed checks first in each."""
        return [
            {**suite, "checks": sorted(suite["checks"], key=lambda check: check["success"])}
            for suite in self.report.get("suites", [])
        ]


def read_gate(settings: Settings, gate_id: int | None = None) -> GateReport:
    """Return the verdict `gate_id`, or the newest. Raises LivelihoodError if there is none."""
    with connect(settings) as connection:
        verdict = verdicts.newest(connection, gate_id=gate_id)
    if verdict is None:
        raise LivelihoodError("there is no gate result yet: run `livelihood gate`")
    return GateReport(**vars(verdict))


def render_gate_terminal(settings: Settings, console: Console | None = None) -> bool:
    """Print the newest verdict and the failed checks. Return whether the gate is open."""
    gate = read_gate(settings)
    (console or DataConsole()).print(gate_text(gate))
    return gate.is_open


def render_gate_html(settings: Settings, path: Path) -> Path:
    """Write the newest verdict with all its checks as an HTML page. Return its path."""
    template = template_environment(TEMPLATES).get_template("gate.html.j2")
    return write_page(path, template.render(gate=read_gate(settings)))


def gate_text(gate: GateReport) -> RenderableType:
    """Return the verdict for a rich console: failures with samples, passed checks as a count."""
    colour = "green" if gate.is_open else "red"
    verdict = "✔ 开放 OPEN" if gate.is_open else "✖ 关闭 CLOSED"
    if gate.accepted_checks:
        verdict += f" ({len(gate.accepted_checks)} accepted)"
    checked_at = f"{gate.checked_at:%Y-%m-%d %H:%M}"
    head = Panel(
        Text(f"{verdict}: {_count(gate)}", style=f"bold {colour}"),
        title=Text(f"质量闸门 gate {gate.gate_id} · build {gate.build_id} · {checked_at}"),
        border_style=colour,
    )
    failures = [
        _failure(suite["severity"], check)
        for suite in gate.suites
        for check in suite["checks"]
        if not check["success"]
    ]
    return Group(head, *failures)


def _count(gate: GateReport) -> str:
    return (
        f"{gate.critical_failed} critical and {gate.warning_failed} warnings failed "
        f"of {gate.checks} checks"
    )


def _failure(severity: str, check: dict[str, Any]) -> RenderableType:
    colour = "red" if severity == "critical" else "yellow"
    title = Text(f"✖ {severity} ", style=f"bold {colour}")
    title.append(cell(check["id"], style="bold"))
    names = f" on {check['table']}: {check.get('title_zh', '')} {check.get('title', '')}"
    title.append(cell(names))
    values = cell(f"  observed {check['observed']}, expected {check['expected']}")
    advice = cell(f"  {_advice(check)}", style="italic")
    parts: list[RenderableType] = [title, values, advice]
    sample = check.get("sample") or []
    if sample:
        parts.append(_sample(sample[:SAMPLE_ROWS_IN_TERMINAL]))
    return Group(*parts)


def _advice(check: dict[str, Any]) -> str:
    if decision := check.get("accepted"):
        return f"已接受 accepted by {decision['by']}, {decision['at']}: {decision['reason']}"
    if check.get("acceptable"):
        return (
            f"{check['message']} If the records are right, accept it for this build: "
            f"`livelihood gate --accept {check['id']} --by NAME --reason …`"
        )
    return str(check["message"])


def _sample(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None, header_style="bright_black")
    for name in rows[0]:
        table.add_column(cell(name))
    for row in rows:
        table.add_row(*(cell(str(value)) for value in row.values()))
    return table
