"""The order of the stages, and what a failing stage means for the others; stages are replaced."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from livelihood import pipeline
from livelihood.contracts import load_contracts
from livelihood.errors import (
    BrokerUnavailable,
    BuildFailed,
    LivelihoodError,
    LoadFailed,
    OffsetsLost,
    QuarantineFull,
    StageBusy,
)
from livelihood.settings import Settings
from livelihood.warehouse.ledger.verdicts import GateVerdict

SETTINGS = Settings(_env_file=None)
STREAMS = list(load_contracts())
RELEASE: Any = object()
OPEN = GateVerdict(7, "open", 0, 0, 1, {})
CLOSED = GateVerdict(7, "closed", 1, 0, 1, {})


class Stages:
    """Replacements of the stages that record their calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.failures: dict[str, Exception] = {}
        self.recorded: GateVerdict | None = None
        self.judged = OPEN
        for target, name, result in (
            ("livelihood.load.loader.load", "load", lambda: None),
            ("livelihood.transform.build", "build", lambda: SimpleNamespace(build_id=7)),
            ("expectations.run_gate", "gate", lambda: self.judged),
            ("livelihood.publish.publish", "publish", lambda: RELEASE),
            ("livelihood.alerts.raise_alerts", "alert", lambda: None),
            ("livelihood.alerts.deliver", "deliver", lambda: None),
        ):
            monkeypatch.setattr(target, self._stage(name, result))
        monkeypatch.setattr(pipeline, "connect", lambda *_, **__: nullcontext())
        monkeypatch.setattr(pipeline, "end_overdue_sessions", lambda _: 0)
        monkeypatch.setattr(
            "livelihood.warehouse.ledger.verdicts.newest", lambda *_, **__: self.recorded
        )

    def _stage(self, name: str, result: Callable[[], Any]) -> Callable[..., Any]:
        def stage(_: Settings, argument: object = None, *__: object, **___: object) -> Any:
            self.calls.append(name)
            for failing in (name, str(argument)):
                if failing in self.failures:
                    raise self.failures[failing]
            return result()

        return stage


@pytest.fixture
def stages(monkeypatch: pytest.MonkeyPatch) -> Stages:
    return Stages(monkeypatch)


def test_a_run_calls_every_stage_in_order_and_reports_each(stages: Stages) -> None:
    observed: list[str] = []
    report = pipeline.run(SETTINGS, lambda stage, _: observed.append(stage))
    loads = ["load"] * len(STREAMS)
    assert stages.calls == [*loads, "build", "gate", "publish", "alert", "deliver"]
    assert observed == [*loads, "build", "gate", "publish", "alert"]
    assert report.release is RELEASE
    assert report.stopped_streams == ()


@pytest.mark.parametrize("failure", [OffsetsLost, QuarantineFull, LoadFailed, StageBusy])
def test_a_stream_that_fails_does_not_prevent_the_others(
    stages: Stages, failure: type[LivelihoodError]
) -> None:
    stages.failures[STREAMS[0]] = failure("gone")
    observed: list[str] = []
    report = pipeline.run(SETTINGS, lambda stage, _: observed.append(stage))
    assert report.stopped_streams == (STREAMS[0],)
    assert observed[: len(STREAMS)] == ["stopped", *["load"] * (len(STREAMS) - 1)]
    assert "publish" in stages.calls


def test_without_kafka_no_other_stream_is_tried(stages: Stages) -> None:
    stages.failures[STREAMS[0]] = BrokerUnavailable("away")
    with pytest.raises(BrokerUnavailable):
        pipeline.load_all(SETTINGS)
    assert stages.calls == ["load"]


def test_a_closed_gate_skips_publication_only(stages: Stages) -> None:
    stages.judged = CLOSED
    report = pipeline.monitor(SETTINGS)
    assert stages.calls == ["build", "gate", "alert", "deliver"]
    assert report.release is None
    assert not report.verdict.is_open


@pytest.mark.parametrize(("recorded", "is_judged"), [(None, True), (CLOSED, True), (OPEN, False)])
def test_only_an_open_verdict_is_not_judged_again(
    stages: Stages, recorded: GateVerdict | None, is_judged: bool
) -> None:
    stages.recorded = recorded
    assert pipeline.judge_candidate(SETTINGS, 7).is_open
    assert stages.calls == ["gate"] * is_judged


def test_alerts_are_sent_before_a_failure_is_raised(stages: Stages) -> None:
    stages.failures["build"] = BuildFailed("no such column")
    with pytest.raises(BuildFailed):
        pipeline.monitor(SETTINGS)
    for failure in (OffsetsLost("gone"), LoadFailed("again")):
        stages.failures[STREAMS[0]] = failure
        with pytest.raises(type(failure)):
            pipeline.load_stream(SETTINGS, STREAMS[0])
    loads = ["load", "alert", "deliver"] * 2
    assert stages.calls == ["build", "alert", "deliver", *loads]


def test_a_failure_of_alerts_does_not_replace_the_one_they_are_about(stages: Stages) -> None:
    stages.failures["build"] = BuildFailed("no such column")
    stages.failures["deliver"] = LivelihoodError("address 1 is not supported")
    with pytest.raises(BuildFailed):
        pipeline.monitor(SETTINGS)


def test_a_failed_build_of_airflow_leaves_alerts_to_their_dag(stages: Stages) -> None:
    stages.failures["build"] = BuildFailed("no such column")
    with pytest.raises(BuildFailed):
        pipeline.build_candidate(SETTINGS)
    assert stages.calls == ["build"]


def test_alerts_come_after_the_release(stages: Stages) -> None:
    stages.failures["deliver"] = LivelihoodError("address 1 is not supported")
    observed: list[str] = []
    with pytest.raises(LivelihoodError, match="address 1"):
        pipeline.monitor(SETTINGS, lambda stage, _: observed.append(stage))
    assert observed[-1] == "publish"
