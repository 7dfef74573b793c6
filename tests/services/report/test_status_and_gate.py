"""The state of the platform and the gate's findings, with servers there and away."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from livelihood.contracts import load_contracts
from livelihood.errors import LivelihoodError
from livelihood.report import render_gate_html, render_gate_terminal, render_status, status
from livelihood.settings import Settings


def test_status_answers_even_while_kafka_is_away(published: Settings) -> None:
    away = published.model_copy(update={"kafka_bootstrap_servers": "127.0.0.1:1"})
    state = status(away)
    assert [stream.stream for stream in state.streams] == list(load_contracts())
    assert state.streams[0].waiting_records is None
    assert "Kafka" in state.problems[0]
    assert state.release is not None
    assert state.release["release_id"] == 7
    assert state.gate is not None
    assert state.gate["verdict"] == "open"
    assert state.open_alerts == {"red": 1, "orange": 0, "yellow": 0}


def test_status_without_a_warehouse_is_a_sentence(new_settings: Settings) -> None:
    state = status(new_settings)
    assert "PostgreSQL" in state.problems[0]


def test_status_prints_for_people_and_for_scripts(published: Settings) -> None:
    state = status(published)
    text, document = StringIO(), StringIO()
    render_status(state, console=Console(file=text, width=100))
    assert "release" in text.getvalue()
    assert "1 red" in text.getvalue()
    render_status(state, servers={}, as_json=True, console=Console(file=document))
    assert json.loads(document.getvalue())["release"]["as_of_date"] == "2023-06-30"


def test_the_gate_report_shows_what_failed_and_what_to_do(
    published: Settings, tmp_path: Path
) -> None:
    output = StringIO()
    assert render_gate_terminal(published, Console(file=output, width=100))
    for words in ("OPEN", "history.jump", "71.2", "Ask the bureau whether it is real."):
        assert words in output.getvalue()
    page = render_gate_html(published, tmp_path / "gate.html").read_text(encoding="utf-8")
    for words in ("闸门开放", "无突变", "71.2", "Ask the bureau", "tree.sums"):
        assert words in page


def test_a_gate_that_has_judged_nothing_says_what_to_do(empty_warehouse: Settings) -> None:
    with pytest.raises(LivelihoodError, match="livelihood gate"):
        render_gate_terminal(empty_warehouse)
