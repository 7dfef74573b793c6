"""The command `livelihood run`: what it prints for each stage, and its exit code."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from livelihood.cli.main import app
from livelihood.errors import OffsetsLost
from livelihood.load.loader import LoadReport
from livelihood.pipeline import AlertsSent
from livelihood.transform import BuildReport
from livelihood.warehouse.ledger.verdicts import GateVerdict

BUILD = BuildReport(7, True, {}, dt.date(2022, 12, 31), 1.5)
ALERTS: Any = AlertsSent(SimpleNamespace(opened=2), SimpleNamespace(sent=2))  # type: ignore[arg-type]
LOAD = LoadReport("training", [1], 1_000, 2, 0.5)


def run(monkeypatch: pytest.MonkeyPatch, results: list[tuple[str, Any]]) -> tuple[int, str]:
    """Run the command over a pipeline that reports these results."""

    def pipeline(_: Any, observer: Any, on_progress: Any) -> Any:
        for stage, result in results:
            observer(stage, result)
        values = dict(results)
        stopped = ("employment",) if "stopped" in values else ()
        return SimpleNamespace(verdict=values["gate"], stopped_streams=stopped)

    monkeypatch.setattr("livelihood.pipeline.run", pipeline)
    monkeypatch.setattr(
        "expectations.report.render_gate_terminal", lambda _: typer.echo("gate report")
    )
    outcome = CliRunner().invoke(app, ["run"])
    return outcome.exit_code, outcome.output


@pytest.mark.parametrize(
    ("verdict", "stopped", "exit_code"), [("open", 0, 0), ("closed", 0, 2), ("open", 1, 2)]
)
def test_every_stage_is_printed_and_the_exit_code_tells_scripts(
    monkeypatch: pytest.MonkeyPatch, verdict: Any, stopped: int, exit_code: int
) -> None:
    results = [
        ("load", LOAD),
        *[("stopped", OffsetsLost("stream employment: records are lost"))] * stopped,
        ("build", BUILD),
        ("gate", GateVerdict(7, verdict, int(verdict == "closed"), 0, 1, {})),
        *[("publish", SimpleNamespace(release_id=3))] * (verdict == "open"),
        ("alert", ALERTS),
    ]
    code, output = run(monkeypatch, results)
    assert code == exit_code
    for line in (
        "training: 1,000 records landed, 2 quarantined, 0.5 s, 2,004 records/s",
        "build 7 as of 2022-12-31: built in 1.5 s",
        "gate report",
        "opened=2",
    ):
        assert line in output
    assert ("release 3 is published" in output) == (verdict == "open")
    assert ("livelihood: stream employment" in output) == bool(stopped)
    assert ("livelihood: not loaded: employment" in output) == bool(stopped)
