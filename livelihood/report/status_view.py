"""The state of the platform in a terminal, or as JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from livelihood.report.figures import LEVELS
from livelihood.report.status import Status


def render_status(
    status: Status,
    servers: Mapping[str, Any] | None = None,
    as_json: bool = False,
    console: Console | None = None,
) -> None:
    """Print the state; `servers` are the local servers by name, with is_running and address."""
    console = console or Console()
    if as_json:
        document = status.as_json()
        if servers is not None:
            document["servers"] = {name: _server(server) for name, server in servers.items()}
        console.print_json(json.dumps(document, ensure_ascii=False))
        return
    console.print(status_text(status, servers or {}))


def status_text(status: Status, servers: Mapping[str, Any]) -> RenderableType:
    """The state for any rich console."""
    parts: list[RenderableType] = []
    if servers:
        parts.append(_servers(servers))
    if status.streams:
        parts.append(_streams(status))
        parts.append(_stages(status))
    parts.extend(Text(f"✖ {problem}", style="red") for problem in status.problems)
    return Group(*parts)


def _server(server: Any) -> Any:  # noqa: ANN401  (any object that describes a server)
    return asdict(server) if is_dataclass(server) and not isinstance(server, type) else vars(server)


def _servers(servers: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    for heading in ("server", "", "address", "pid"):
        table.add_column(heading)
    for name, server in servers.items():
        running = server.is_running
        state = Text("● runs" if running else "○ stopped", style="green" if running else "red")
        table.add_row(name, state, server.address if running else "", str(server.pid or ""))
    return table


def _streams(status: Status) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bright_black")
    table.add_column("\nstream")
    for heading in ("waiting", "loaded", "quarantine", "last load"):
        table.add_column(heading, justify="right")
    for stream in status.streams:
        waiting = stream.waiting_records
        table.add_row(
            f"{stream.title_zh} {stream.stream}",
            Text("?" if waiting is None else f"{waiting:,}", style="yellow" if waiting else ""),
            f"{stream.loaded_records:,}",
            Text(
                f"{stream.quarantined_records:,}",
                style="yellow" if stream.quarantined_records else "",
            ),
            f"{stream.last_load_at:%Y-%m-%d %H:%M:%S}" if stream.last_load_at else "never",
        )
    return table


def _stages(status: Status) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("\nbuild", _build(status.build))
    table.add_row("gate", _gate(status.gate))
    table.add_row("release", _release(status.release))
    alerts = Text()
    for level, look in LEVELS.items():
        count = status.open_alerts.get(level, 0)
        style = look.colour if count else "bright_black"
        alerts.append(f"{look.symbol} {count} {look.en}   ", style=style)
    if status.waiting_messages:
        alerts.append(f"{status.waiting_messages} messages wait to be sent")
    table.add_row("alerts", alerts)
    return table


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


def _release(release: dict[str, Any] | None) -> Text:
    if release is None:
        return Text("none yet", style="bright_black")
    text = Text(
        f"{release['release_id']} as of {release['as_of_date']} (build {release['build_id']}), "
        f"published {str(release['released_at'])[:19].replace('T', ' ')}"
    )
    if release["is_simulated"]:
        text.append("  模拟数据 simulated", style="black on yellow")
    return text
