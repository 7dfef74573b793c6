"""The state of the platform on a terminal, or as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from livelihood.scorecard.wording import LEVELS
from livelihood.status.health import format_age
from livelihood.status.model import Status, StreamStatus
from livelihood.terminal import DataConsole, cell, echo_json


def render_status(status: Status, as_json: bool = False, console: Console | None = None) -> None:
    """Print the state. The first line is whether the platform is healthy."""
    if as_json:
        echo_json(json.dumps(status.as_json(), ensure_ascii=False, indent=2))
        return
    (console or DataConsole()).print(status_text(status))


def status_text(status: Status) -> RenderableType:
    """Return the state for any rich console."""
    parts: list[RenderableType] = [_headline(status)]
    parts.extend(cell(f"  ✖ {issue}", style="red") for issue in status.issues)
    if status.servers:
        parts.extend((Text(), _servers(status.servers)))
    if status.streams:
        parts.append(_streams(status))
        parts.append(_stages(status))
    # Titles are Chinese | English.
    titles = (title.split(" | ")[0] for title in status.overdue_titles)
    parts.extend(cell(f"         {title}", style="bright_black") for title in titles)
    return Group(*parts)


def _headline(status: Status) -> Text:
    if not status.is_healthy:
        count = len(status.issues)
        words = f"✖ 不正常 not healthy: {count} issue{'s' * (count > 1)} to fix"
        return Text(words, style="bold red")
    shown = "nothing published yet"
    if status.release and (seconds := status.release_age_seconds) is not None:
        shown = f"release {status.release['release_id']} is {format_age(seconds)} old"
    waiting = sum(stream.waiting_records or 0 for stream in status.streams)
    return Text(f"✔ 正常 healthy: {shown}, {waiting:,} records wait", style="bold green")


def _servers(servers: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    for heading in ("server", "", "address", "pid", ""):
        table.add_column(heading)
    for name, server in servers.items():
        running = server["is_running"]
        state = Text("● running" if running else "○ stopped", style="green" if running else "red")
        address = server["address"] if running else ""
        table.add_row(name, state, address, str(server["pid"] or ""), _restarts(server))
    return table


def _restarts(server: Mapping[str, Any]) -> Text:
    count = server.get("restarts")
    if not count:
        return Text()
    times = f"{count} times" if count > 1 else "once"
    return Text(f"died, restarted {times}, last {server['restarted_at']}", style="yellow")


def _streams(status: Status) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    table.add_column("\nstream")
    for heading in ("waiting", "behind", "loaded", "quarantine", "last load"):
        table.add_column(heading, justify="right")
    for stream in status.streams:
        waiting = stream.waiting_records
        table.add_row(
            f"{stream.title_zh} {stream.stream}",
            Text("?" if waiting is None else f"{waiting:,}", style="yellow" if waiting else ""),
            _behind(stream),
            f"{stream.loaded_records:,}",
            Text(
                f"{stream.quarantined_records:,}",
                style="yellow" if stream.quarantined_records else "",
            ),
            _ago(status.seconds_since(stream.last_load_at)) or "never",
        )
    return table


def _behind(stream: StreamStatus) -> Text:
    if stream.is_lost:
        return Text("lost", style="bold red")
    if stream.behind_seconds is None:
        return Text("?")
    style = "yellow" if stream.waiting_records else ""
    return Text(format_age(stream.behind_seconds) if stream.waiting_records else "–", style=style)


def _ago(seconds: float | None) -> str:
    return "" if seconds is None else f"{format_age(seconds)} ago"


def _stages(status: Status) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("\nbuild", _build(status.build))
    table.add_row("gate", _gate(status.gate))
    table.add_row("release", _release(status))
    alerts = Text()
    for level, look in LEVELS.items():
        count = status.open_alerts.get(level, 0)
        style = look.colour if count else "bright_black"
        alerts.append(f"{look.symbol} {count} {look.en}   ", style=style)
    if status.waiting_messages:
        alerts.append(f"{status.waiting_messages} messages wait to be sent")
    table.add_row("alerts", alerts)
    table.add_row("overdue", _overdue(status.overdue))
    return table


def _overdue(overdue: Mapping[str, int]) -> Text:
    words = {
        "targets_missed": "targets missed",
        "reports": "reports of offices",
        "figures": "targets without a value",
        "dead_messages": "messages not delivered",
    }
    counts = [f"{overdue[kind]} {what}" for kind, what in words.items() if overdue.get(kind)]
    return Text(", ".join(counts) or "nothing", style="yellow" if counts else "bright_black")


def _build(build: dict[str, Any] | None) -> Text:
    if build is None:
        return Text("\nnone yet", style="bright_black")
    style = {"built": "green", "running": "yellow", "failed": "red"}[build["status"]]
    return (
        Text(f"\n{build['build_id']} ")
        + Text(build["status"], style=style)
        + Text(f" as of {build['as_of_date']}")
    )


def _gate(gate: dict[str, Any] | None) -> Text:
    if gate is None:
        return Text("none yet", style="bright_black")
    is_open = gate["verdict"] == "open"
    return Text(
        "✔ open" if is_open else "✖ closed", style="green" if is_open else "bold red"
    ) + Text(
        f" for build {gate['build_id']}: {gate['critical_failed']} critical and "
        f"{gate['warning_failed']} warnings of {gate['checks']} checks failed"
    )


def _release(status: Status) -> Text:
    release = status.release
    if release is None:
        return Text("none yet", style="bright_black")
    text = Text(
        f"{release['release_id']} as of {release['as_of_date']} (build {release['build_id']}), "
        f"published {_ago(status.release_age_seconds)}"
    )
    if release["is_simulated"]:
        text.append("  模拟数据 simulated", style="black on yellow")
    return text
