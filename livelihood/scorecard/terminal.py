"""The scorecard in a terminal of 100 columns: targets that are behind first, with their owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from livelihood.alerts import Alert
from livelihood.scorecard.model import Scorecard, TargetCard
from livelihood.scorecard.wording import LEVELS, STATES_ZH, STATUSES
from livelihood.terminal import DataConsole, cell

MAX_ALERTS = 12
ATTENTION = ("missed", "behind")


def render_terminal(card: Scorecard, console: Console | None = None) -> None:
    """Print the scorecard, by default to the terminal."""
    (console or DataConsole()).print(scorecard_text(card))


def scorecard_text(card: Scorecard) -> RenderableType:
    """Return the scorecard for any rich console."""
    parts: list[RenderableType] = [_head(card)]
    attention = [target for target in card.targets if target.status in ATTENTION]
    if attention:
        parts.append(_attention(attention))
    for status in STATUSES:
        targets = [t for t in card.targets if t.status == status and not t.awaits_report]
        if status not in ATTENTION and targets:
            parts.append(_status_table(status, targets))
    if unreported := [target for target in card.targets if target.awaits_report]:
        parts.append(_unreported(unreported))
    parts.append(_alerts(card.alerts))
    for plan in card.silent_plans:
        line = f"尚无数据 no records yet: {plan.region_zh} {plan.name_zh}, {len(plan.targets)} 项"
        parts.append(cell(line, style="bright_black"))
    return Group(*parts)


def _head(card: Scorecard) -> Panel:
    lines = Text()
    if card.is_simulated:
        lines.append(" 模拟数据 SIMULATED DATA ", style="black on yellow")
        lines.append("\n")
    for status, look in STATUSES.items():
        count = card.counts[status]
        style = f"bold {look.colour}" if count else "bright_black"
        lines.append(f"{look.symbol} {look.zh} {count}  ", style=style)
    owners = [(o, c) for o, c in card.owners if c["missed"] or c["behind"]]
    if owners:
        lines.append("\n责任 responsible: ")
        counts = (f"{o or '未定'} ✖{c['missed']} ▲{c['behind']}" for o, c in owners)
        lines.append(cell("；".join(counts)))
    for accepted in card.accepted_checks:
        lines.append(f"\n人工接受 accepted check {accepted['check']} ", style="yellow")
        lines.append(cell(f"{accepted['by']}: {accepted['reason']}"))
    gate = "开放 open" if card.gate_verdict == "open" else "关闭 closed"
    return Panel(
        lines,
        title=cell(f"{card.title} · 批次 release {card.release_id} · 截至 {card.as_of_date}"),
        subtitle=f"闸门 gate {gate}, {card.gate_checks} checks, {card.gate_warnings} warnings",
        border_style="blue",
    )


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        expand=True,
        pad_edge=False,
        box=None,
        header_style="bright_black",
    )


def _attention(targets: list[TargetCard]) -> Table:
    table = _table("\n需要处理 Missed or behind, most urgent first")
    table.add_column("", width=1)
    table.add_column("目标 Target", ratio=1, overflow="fold")
    table.add_column("责任单位 Owner", width=14)
    table.add_column("现值/应达 Value", width=16, justify="right")
    table.add_column("差距/自 Gap, since", width=22)
    for target in targets:
        look = STATUSES[target.status]
        table.add_row(
            Text(look.symbol, style=look.colour),
            _two_lines(target.name_zh, "bold", target.name_en),
            cell(target.owner or "未定"),
            _two_lines(target.value_text, "bold", target.required_text or target.promise),
            _two_lines(target.shortfall[0] or look.zh, look.colour, target.since or "–"),
        )
    return table


def _two_lines(first: str, style: str, second: str) -> Text:
    text = cell(first, style=style).append("\n")
    return text.append(cell(second, style="not bold bright_black"))


def _status_table(status: str, targets: list[TargetCard]) -> Table:
    look = STATUSES[status]
    table = _table(f"\n{look.symbol} {look.zh} {look.en} ({len(targets)})")
    table.show_header = False
    table.add_column(width=1)
    table.add_column(ratio=6, overflow="fold")
    table.add_column(justify="right", ratio=3, no_wrap=True)
    table.add_column(justify="right", ratio=3, overflow="fold")
    table.add_column(ratio=2, overflow="fold")
    for target in targets:
        table.add_row(
            Text(look.symbol, style=look.colour),
            cell(target.name_zh),
            cell(target.value_text),
            cell(target.promise, style="bright_black"),
            cell(target.owner or "未定"),
        )
    return table


def _unreported(targets: list[TargetCard]) -> Text:
    """Count the values that each office has to report. The page lists the targets."""
    owners = Counter(target.owner or "未定" for target in targets).most_common()
    look = STATUSES["no_data"]
    text = Text(f"\n{look.symbol} 待单位上报 to be reported ({len(targets)})\n", style="bold")
    counts = "；".join(f"{owner} {count}" for owner, count in owners)
    return text.append(cell(counts, style="not bold bright_black"))


def _alerts(alerts: Sequence[Alert]) -> Table:
    """Show the first alerts, and how many more there are."""
    counts = " ".join(
        f"{look.symbol}{look.zh}{sum(alert.level == level for alert in alerts)}"
        for level, look in LEVELS.items()
    )
    table = _table(f"\n未解除预警 Alerts not cleared: {counts}")
    table.show_header = False
    table.add_column(width=6, justify="right")
    table.add_column(width=1)
    table.add_column(ratio=1, overflow="fold")
    table.add_column(width=14, overflow="fold")
    table.add_column(width=6)
    for alert in alerts[:MAX_ALERTS]:
        look = LEVELS[alert.level]
        title = str(alert.detail.get("title_zh", alert.title))
        table.add_row(
            f"#{alert.alert_id}",
            Text(look.symbol, style=look.colour),
            cell(title),
            cell(alert.owner or "未定"),
            STATES_ZH[alert.state],
        )
    if (more := len(alerts) - MAX_ALERTS) > 0:
        line = f"……另有 {more} 条 and {more} more: livelihood alerts"
        table.add_row("", "", Text(line, style="bright_black"), "", "")
    return table
