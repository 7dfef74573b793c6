"""Verdicts of the gate: open for a clean candidate, closed by a fault, errors are reported."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from expectations import GateVerdict, NoCandidate, gate, last_verdict, run_gate
from expectations.check import Outcome
from livelihood.errors import WarehouseUnavailable
from livelihood.settings import Settings
from tests.services.expectations.planted_faults import FAULTS


def execute(settings: Settings, *statements: str) -> None:
    with psycopg.connect(settings.database_url()) as connection:
        for statement in statements:
            connection.execute(statement)


def gate_results(settings: Settings) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url()) as connection:
        return connection.execute("""
            select build_id, verdict, critical_failed, warning_failed, checks, report
            from ops.gate_result
            order by gate_id""").fetchall()


def checks(verdict: GateVerdict) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for suite in verdict.report["suites"] for check in suite["checks"]}


def failed(verdict: GateVerdict) -> set[str]:
    return {name for name, check in checks(verdict).items() if not check["success"]}


def test_clean_candidate_opens_the_gate_and_is_gate_results(warehouse_copy: Settings) -> None:
    verdict = run_gate(warehouse_copy)
    assert (verdict.build_id, verdict.verdict, verdict.is_open) == (2, "open", True)
    assert gate_results(warehouse_copy) == [(2, "open", 0, 0, verdict.checks, verdict.report)]
    assert [suite["severity"] for suite in verdict.report["suites"]] == ["critical", "warning"]


def test_second_run_appends_a_result(warehouse_copy: Settings) -> None:
    assert last_verdict(warehouse_copy, 2) is None
    run_gate(warehouse_copy)
    assert last_verdict(warehouse_copy, 2) == "open"
    execute(warehouse_copy, *FAULTS["tree.numerators"].statements)
    assert not run_gate(warehouse_copy, build_id=2).is_open
    assert last_verdict(warehouse_copy, 2) == "closed"
    assert [row[:2] for row in gate_results(warehouse_copy)] == [(2, "open"), (2, "closed")]


@pytest.mark.parametrize("error", [None, ConnectionError("datasource failed")])
def test_lost_connection_records_no_verdict(
    warehouse_copy: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def end_all_sessions(*_: object) -> list[Outcome]:
        execute(
            warehouse_copy,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()",
        )
        if error:
            raise error
        return []

    monkeypatch.setattr(gate, "run_checks", end_all_sessions)
    with pytest.raises(
        WarehouseUnavailable, match="the gate: the connection to PostgreSQL was lost"
    ):
        run_gate(warehouse_copy)
    assert gate_results(warehouse_copy) == []


def test_inconsistency_closes_the_gate_and_reports_the_keys(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, *FAULTS["tree.numerators"].statements)
    verdict = run_gate(warehouse_copy)
    assert (verdict.verdict, verdict.critical_failed, verdict.warning_failed) == ("closed", 1, 0)
    check = checks(verdict)["tree.numerators"]
    assert check["observed"] == "1 row"
    assert check["sample"] == [
        {
            "region_code": "522327",
            "indicator_code": "newly_employed_persons",
            "population": "all",
            "period_month": "2023-06-01",
            "numerator": 61,
            "sum_below": 60,
        }
    ]


def test_sample_contains_value_and_key(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, *FAULTS["figures.coverage_bounds"].statements)
    check = checks(run_gate(warehouse_copy))["figures.coverage_bounds"]
    assert check["observed"] == "coverage_pct: 5 rows"
    assert len(check["sample"]) == 5
    assert check["sample"][0]["indicator_code"] == "employed_persons"
    assert check["sample"][0]["coverage_pct"] == 120


def test_warning_leaves_the_gate_open(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, *FAULTS["tree.covered"].statements)
    verdict = run_gate(warehouse_copy)
    assert (verdict.verdict, verdict.critical_failed, verdict.warning_failed) == ("open", 0, 1)


@pytest.mark.parametrize("fault", ["landing.wage_payment.tokens", "arrears.key_unique"])
def test_personal_values_never_enter_the_report(fault: str, warehouse_copy: Settings) -> None:
    execute(warehouse_copy, *FAULTS[fault].statements)
    verdict = run_gate(warehouse_copy)
    assert checks(verdict)[fault]["sample"]
    text = json.dumps(verdict.report)
    assert "522327199001011234" not in text
    assert "0" * 31 not in text


def test_missing_table_fails_only_its_checks(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, "drop table marts.wage_arrears")
    verdict = run_gate(warehouse_copy)
    assert failed(verdict) == {name for name in checks(verdict) if name.startswith("arrears.")}
    assert all("wage_arrears" in checks(verdict)[name]["exception"] for name in failed(verdict))
    assert verdict.verdict == "closed"


def test_missing_column_fails_only_its_checks(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, "alter table marts.target_progress drop column status_since")
    assert failed(run_gate(warehouse_copy)) == {"progress.key_filled", "progress.period_valid"}


def test_missing_column_of_a_scan_fails_only_its_check(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, "alter table landing.employment drop column source_system")
    verdict = run_gate(warehouse_copy)
    assert failed(verdict) == {"landing.employment.complete"}
    assert "source_system" in checks(verdict)["landing.employment.complete"]["exception"]


def test_sample_of_a_scan_describes_the_violation(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, *FAULTS["landing.employment.allowed_values"].statements)
    check = checks(run_gate(warehouse_copy))["landing.employment.allowed_values"]
    assert check["observed"] == "3 rows"
    assert check["sample"][0] == {
        "record_id": "r2-0",
        "revision": 1,
        "_partition": 0,
        "_offset": 200,
        "problem": "operation = patch",
    }


def test_check_without_data_fails(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, "delete from landing.employment", "delete from ops.load")
    verdict = run_gate(warehouse_copy)
    check = checks(verdict)["delivery.employment.fresh"]
    assert (check["success"], check["observed"]) == (False, "nothing landed")


def test_comparisons_before_the_first_release_pass_with_a_remark(
    warehouse_copy: Settings,
) -> None:
    execute(
        warehouse_copy,
        "delete from published.release",
        "drop table published.indicator_value, published.target_progress",
    )
    verdict = run_gate(warehouse_copy)
    assert failed(verdict) == set()
    assert verdict.report["compared_with_release"] is None
    observed = {check["observed"] for name, check in checks(verdict).items() if "history." in name}
    assert observed == {"no earlier release: nothing to compare with"}


def test_rows_of_the_last_release_are_not_checked_again(warehouse_copy: Settings) -> None:
    execute(
        warehouse_copy,
        "update published.release set horizon = (select horizon from ops.build where build_id = 2)",
        "update landing.employment set operation = 'patch'",
    )
    verdict = run_gate(warehouse_copy)
    assert failed(verdict) == set()
    observed = checks(verdict)["landing.employment.allowed_values"]["observed"]
    assert observed == "no new loads since the last release"


def test_gate_without_a_build_is_refused(warehouse_copy: Settings) -> None:
    execute(warehouse_copy, "truncate ops.build cascade")
    with pytest.raises(NoCandidate, match="run `livelihood build`"):
        run_gate(warehouse_copy)


@pytest.mark.parametrize("status", ["failed", "running"])
def test_incomplete_later_build_is_refused(status: str, warehouse_copy: Settings) -> None:
    execute(warehouse_copy, f"update ops.build set status = '{status}' where build_id = 2")
    with pytest.raises(NoCandidate, match=f"build 2 is {status}"):
        run_gate(warehouse_copy)


def test_replaced_build_is_refused(warehouse_copy: Settings) -> None:
    with pytest.raises(NoCandidate, match="build 2 replaced it"):
        run_gate(warehouse_copy, build_id=1)


def test_build_started_meanwhile_voids_the_verdict(
    warehouse_copy: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_meanwhile(*_: object) -> list[Any]:
        execute(
            warehouse_copy,
            "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
            " dbt_version) values ('running', '{}', '2023-06-30', '0', '{}', '1')",
        )
        return []

    monkeypatch.setattr(gate, "run_checks", build_meanwhile)
    with pytest.raises(NoCandidate, match="run the gate again"):
        run_gate(warehouse_copy)
    assert gate_results(warehouse_copy) == []
