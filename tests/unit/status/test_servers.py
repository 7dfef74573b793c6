"""Servers in the status: restarts by the supervisor, and a supervisor that does not run."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

from rich.console import Console

from livelihood.status.health import find_issues
from livelihood.status.model import Status
from livelihood.status.terminal import render_status

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def server(is_running: bool = True, **changes: Any) -> dict[str, Any]:
    return {"is_running": is_running, "address": "127.0.0.1:1", "pid": 1} | changes


def test_restarts_are_shown() -> None:
    restarted = server(restarts=2, restarted_at="2026-01-01T00:00:00+00:00")
    text = StringIO()
    status = Status(NOW, servers={"kafka": restarted, "postgres": server(restarts=0)})
    render_status(status, console=Console(file=text, width=120))
    assert "restarted 2 times, last 2026-01-01T00:00:00+00:00" in text.getvalue()
    assert text.getvalue().count("restarted") == 1


def test_servers_without_their_supervisor_are_an_issue() -> None:
    servers = {"kafka": server(), "supervisor": server(is_running=False)}
    [issue] = find_issues(Status(NOW, servers=servers), 15)
    assert "supervisor" in issue
    stopped = {name: server(is_running=False) for name in servers}
    assert list(find_issues(Status(NOW, servers=stopped), 15)) == []
    external_only = {"kafka": server(is_running=False)}
    assert list(find_issues(Status(NOW, servers=external_only), 15)) == []
