"""Acceptance of a failed check: for one build, by a person with a reason, never of integrity."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from expectations import accept_check, run_gate
from expectations.report import render_gate_html, render_gate_terminal
from livelihood.errors import LivelihoodError
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.ledger import verdicts
from tests.services.expectations.planted_faults import FAULTS

CHECK = "history.no_collapse"
REASON = "撤回重复导入的三月数据，县人社局函〔2023〕12号"


def plant(settings: Settings, *checks: str) -> None:
    with psycopg.connect(settings.database_url()) as connection:
        for check in checks:
            for statement in FAULTS[check].statements:
                connection.execute(statement)


def add_build(settings: Settings) -> None:
    with psycopg.connect(settings.database_url()) as connection:
        connection.execute("""
            insert into ops.build overriding system value
            select (jsonb_populate_record(newest, '{"build_id": 3}')).*
            from ops.build as newest where build_id = 2""")


def test_accepted_check_opens_the_gate_for_its_build_only(warehouse_copy: Settings) -> None:
    plant(warehouse_copy, CHECK)
    assert not run_gate(warehouse_copy).is_open
    verdict = accept_check(warehouse_copy, CHECK, "张三", REASON)
    assert (verdict.is_open, verdict.critical_failed) == (True, 0)
    (accepted,) = verdict.accepted_checks
    assert (accepted["check"], accepted["by"], accepted["reason"]) == (CHECK, "张三", REASON)
    # The decision also applies when the same build is judged again, and to no other one.
    assert run_gate(warehouse_copy).is_open
    add_build(warehouse_copy)
    assert not run_gate(warehouse_copy).is_open


def test_the_report_shows_who_accepted_and_why(warehouse_copy: Settings, tmp_path: Path) -> None:
    plant(warehouse_copy, CHECK)
    run_gate(warehouse_copy)
    console = Console(width=200, record=True)
    render_gate_terminal(warehouse_copy, console)
    assert f"--accept {CHECK}" in console.export_text()
    accept_check(warehouse_copy, CHECK, "张三", REASON)
    assert render_gate_terminal(warehouse_copy, console)
    text = console.export_text()
    assert "1 accepted" in text
    assert "accepted by 张三" in text
    page = render_gate_html(warehouse_copy, tmp_path / "gate.html").read_text()
    assert REASON in page


def test_integrity_cannot_be_accepted(warehouse_copy: Settings) -> None:
    plant(warehouse_copy, "tree.numerators", CHECK)
    run_gate(warehouse_copy)
    with pytest.raises(LivelihoodError, match="cannot be accepted, because it protects"):
        accept_check(warehouse_copy, "tree.numerators", "张三", REASON)
    assert not accept_check(warehouse_copy, CHECK, "张三", REASON).is_open


@pytest.mark.parametrize(
    ("check", "by", "reason", "message"),
    [
        (CHECK, " ", REASON, "needs --by"),
        (CHECK, "张三", "ok", "at least 10 characters"),
        ("history.level_jump", "张三", REASON, f"is not a failed critical check.*{CHECK}"),
        ("no.such_check", "张三", REASON, "is not a failed critical check"),
    ],
)
def test_incomplete_acceptance_is_refused(
    warehouse_copy: Settings, check: str, by: str, reason: str, message: str
) -> None:
    plant(warehouse_copy, CHECK)
    run_gate(warehouse_copy)
    with pytest.raises(LivelihoodError, match=message):
        accept_check(warehouse_copy, check, by, reason)
    with connect(warehouse_copy) as connection:
        assert verdicts.acceptances(connection, 2) == {}


def test_nothing_is_accepted_after_a_new_build(warehouse_copy: Settings) -> None:
    plant(warehouse_copy, CHECK)
    run_gate(warehouse_copy)
    add_build(warehouse_copy)
    with pytest.raises(LivelihoodError, match="the marts were rebuilt"):
        accept_check(warehouse_copy, CHECK, "张三", REASON)
    with connect(warehouse_copy) as connection:
        assert verdicts.acceptances(connection, 2) == {}
