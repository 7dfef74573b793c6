"""The scorecard in a terminal of 100 columns: what is behind first, and who answers for it."""

from __future__ import annotations

from collections import Counter

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from livelihood.alerts import Alert
from livelihood.scorecard.model import Scorecard, TargetCard
from livelihood.scorecard.wording import LEVELS, STATES_ZH, STATUSES

MOST_ALERTS = 12
ATTENTION = ("missed", "behind")


def render_terminal(card: Scorecard, console: Console | None = None) -> None:
    """Print the scorecard, by default to the terminal."""
    (console or Console()).print(scorecard_text(card))


def scorecard_text(card: Scorecard) -> RenderableType:
    """The scorecard for any rich console."""
    parts: list[RenderableType] = [_head(card)]
    attention = [target for target in card.targets if target.status in ATTENTION]
    if attention:
        parts.append(_attention(attention))
    waiting = [target for target in card.targets if target.awaits_report]
    for status in STATUSES:
        others = [t for t in card.targets if t.status == status and not t.awaits_report]
        if status not in ATTENTION and others:
            parts.append(_others(status, others))
    if waiting:
        parts.append(_waiting(waiting))
    parts.append(alerts_table(card.alerts))
    for plan in card.silent_plans:
        line = f"尚无数据 no records yet: {plan.region_zh} {plan.name_zh}, {len(plan.targets)} 项"
        parts.append(Text(line, style="bright_black"))
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
    answering = [(o, c) for o, c in card.owners if c["missed"] or c["behind"]]
    if answering:
        lines.append("\n责任 who answers: ")
        lines.append(
            "；".join(f"{o or '未定'} ✖{c['missed']} ▲{c['behind']}" for o, c in answering)
        )
    gate = "开放 open" if card.gate_verdict == "open" else "关闭 closed"
    return Panel(
        lines,
        title=f"{card.title} · 批次 release {card.release_id} · 截至 {card.as_of_date}",
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
    table = _table("\n需要处理 Missed or behind, the worst first")
    table.add_column("", width=1)
    table.add_column("目标 Target", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("责任单位 Owner", width=14)
    table.add_column("现值/应达 Figure", width=16, justify="right")
    table.add_column("差距/自 Missing, since", width=22)
    for target in targets:
        look = STATUSES[target.status]
        table.add_row(
            Text(look.symbol, style=look.colour),
            _two(target.name_zh, "bold", target.name_en),
            target.owner or "未定",
            _two(target.figure, "bold", target.should_be or target.promise),
            _two(target.shortfall[0] or look.zh, look.colour, target.since or "–"),
        )
    return table


def _two(first: str, style: str, second: str) -> Text:
    text = Text(first, style=style)
    return text.append(f"\n{second}", style="not bold bright_black")


def _others(status: str, targets: list[TargetCard]) -> Table:
    look = STATUSES[status]
    table = _table(f"\n{look.symbol} {look.zh} {look.en} ({len(targets)})")
    table.show_header = False
    table.add_column(ratio=6, no_wrap=True, overflow="ellipsis")
    table.add_column(justify="right", ratio=3, no_wrap=True)
    table.add_column(justify="right", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column(ratio=2, no_wrap=True, overflow="ellipsis")
    for target in targets:
        table.add_row(
            Text(f"{look.symbol} ", style=look.colour) + Text(target.name_zh, style="default"),
            target.figure,
            Text(target.promise, style="bright_black"),
            target.owner or "未定",
        )
    return table


def _waiting(targets: list[TargetCard]) -> Text:
    """Who has to report how many figures; their names are on the page."""
    owners = Counter(target.owner or "未定" for target in targets).most_common()
    look = STATUSES["no_data"]
    text = Text(f"\n{look.symbol} 待单位上报 to be reported ({len(targets)})\n", style="bold")
    counts = "；".join(f"{owner} {count}" for owner, count in owners)
    return text.append(counts, style="not bold bright_black")


def alerts_table(alerts: tuple[Alert, ...] | list[Alert], most: int = MOST_ALERTS) -> Table:
    """Alerts as a table, the worst first, cut after `most` with a word about the rest."""
    counts = " ".join(
        f"{look.symbol}{look.zh}{sum(alert.level == level for alert in alerts)}"
        for level, look in LEVELS.items()
    )
    table = _table(f"\n未解除预警 Alerts not cleared: {counts}")
    table.show_header = False
    table.add_column(width=6, justify="right")
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column(width=14, no_wrap=True, overflow="ellipsis")
    table.add_column(width=6)
    for alert in alerts[:most]:
        look = LEVELS[alert.level]
        title = str(alert.detail.get("title_zh", alert.title))
        table.add_row(
            f"#{alert.alert_id}",
            Text(f"{look.symbol} ", style=look.colour) + Text(title, style="default"),
            alert.owner or "未定",
            STATES_ZH[alert.state],
        )
    if len(alerts) > most:
        rest = f"……另有 {len(alerts) - most} 条 and {len(alerts) - most} more: livelihood alerts"
        table.add_row("", Text(rest, style="bright_black"), "", "")
    return table
