"""Metrics follow Prometheus's conventions, and the example's rules name only what exists."""

from __future__ import annotations

import datetime as dt
import re

import yaml

from livelihood.settings import ROOT
from livelihood.status.metrics import METRICS, PREFIX, samples
from livelihood.status.model import Status, StreamStatus

RULES = ROOT / "docs" / "examples" / "alert-rules.yaml"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
# A state without unknown values, so that every metric has a sample.
COMPLETE = Status(
    NOW,
    streams=(StreamStatus("training", "职业技能培训", 3, 60.0, False, 7, NOW, 100, 2),),
    build={"status": "built"},
    gate={"verdict": "open", "critical_failed": 0, "warning_failed": 1},
    release={"release_id": 4, "released_at": NOW},
    open_alerts={"red": 1},
    overdue=dict.fromkeys(("targets_missed", "reports", "figures", "dead_messages"), 0),
)


def test_every_metric_has_a_sample_and_every_sample_is_a_metric() -> None:
    assert {name for name, _, _ in samples(COMPLETE)} == set(METRICS)


def test_names_carry_base_units() -> None:
    for name in METRICS:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
        assert not re.search(r"_(minutes|hours|days|ms|total)\b", name)


def test_the_rules_name_metrics_and_labels_that_exist() -> None:
    [group] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    existing = {
        (PREFIX + name, f'{label}="{value}"')
        for name, labels, _ in samples(COMPLETE)
        for label, value in labels.items()
    }
    for rule in group["rules"]:
        assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
        named = re.findall(r"(livelihood_\w+)(?:\{(\w+=\"\w+\")\})?", rule["expr"])
        assert named
        for metric, label in named:
            assert metric.removeprefix(PREFIX) in METRICS, rule["alert"]
            assert not label or (metric, label) in existing, rule["alert"]


def test_the_rules_refer_to_headings_of_the_runbook() -> None:
    text = RULES.read_text(encoding="utf-8")
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    headings = re.findall(r"Runbook, ([\w ]+)\.", text)
    assert headings
    for heading in headings:
        assert f"\n## {heading}" in runbook
