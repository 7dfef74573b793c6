"""The verdict on a candidate: open when clean, closed by a fault, never silent about an error."""

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


def recorded(settings: Settings) -> list[tuple[Any, ...]]:
    with psycopg.connect(settings.database_url()) as connection:
        return connection.execute(
            "select build_id, verdict, critical_failed, warning_failed, checks, report"
            " from ops.gate_result order by gate_id"
        ).fetchall()


def checks(verdict: GateVerdict) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for suite in verdict.report["suites"] for check in suite["checks"]}


def failed(verdict: GateVerdict) -> set[str]:
    return {name for name, check in checks(verdict).items() if not check["success"]}


def test_clean_candidate_opens_the_gate_and_is_recorded(spoiled: Settings) -> None:
    verdict = run_gate(spoiled)
    assert (verdict.build_id, verdict.verdict, verdict.is_open) == (2, "open", True)
    assert recorded(spoiled) == [(2, "open", 0, 0, verdict.checks, verdict.report)]
    assert [suite["severity"] for suite in verdict.report["suites"]] == ["critical", "warning"]


def test_judging_again_appends(spoiled: Settings) -> None:
    assert last_verdict(spoiled, 2) is None
    run_gate(spoiled)
    assert last_verdict(spoiled, 2) == "open"
    execute(spoiled, *FAULTS["tree.numerators"].statements)
    assert not run_gate(spoiled, build_id=2).is_open
    assert last_verdict(spoiled, 2) == "closed"
    assert [row[:2] for row in recorded(spoiled)] == [(2, "open"), (2, "closed")]


@pytest.mark.parametrize("error", [None, ConnectionError("datasource failed")])
def test_postgres_lost_while_judging_is_no_verdict(
    spoiled: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def end_all_sessions(*_: object) -> list[Outcome]:
        execute(
            spoiled,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()",
        )
        if error:
            raise error
        return []

    monkeypatch.setattr(gate, "run_checks", end_all_sessions)
    with pytest.raises(WarehouseUnavailable, match="the gate: PostgreSQL went away"):
        run_gate(spoiled)
    assert recorded(spoiled) == []


def test_inconsistency_closes_the_gate_and_names_the_keys(spoiled: Settings) -> None:
    execute(spoiled, *FAULTS["tree.numerators"].statements)
    verdict = run_gate(spoiled)
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


def test_rows_that_break_an_expectation_are_shown_with_value_and_key(spoiled: Settings) -> None:
    execute(spoiled, *FAULTS["figures.coverage_bounds"].statements)
    check = checks(run_gate(spoiled))["figures.coverage_bounds"]
    assert check["observed"] == "coverage_pct: 5 rows"
    assert len(check["sample"]) == 5
    assert check["sample"][0]["indicator_code"] == "employed_persons"
    assert check["sample"][0]["coverage_pct"] == 120


def test_warning_is_reported_and_leaves_the_gate_open(spoiled: Settings) -> None:
    execute(spoiled, *FAULTS["tree.covered"].statements)
    verdict = run_gate(spoiled)
    assert (verdict.verdict, verdict.critical_failed, verdict.warning_failed) == ("open", 0, 1)


@pytest.mark.parametrize("fault", ["landing.wage_payment.tokens", "arrears.key_unique"])
def test_personal_values_stay_out_of_the_report(fault: str, spoiled: Settings) -> None:
    execute(spoiled, *FAULTS[fault].statements)
    verdict = run_gate(spoiled)
    assert checks(verdict)[fault]["sample"]
    text = json.dumps(verdict.report)
    assert "522327199001011234" not in text
    assert "0" * 31 not in text


def test_lost_table_fails_its_checks_and_no_others(spoiled: Settings) -> None:
    execute(spoiled, "drop table marts.wage_arrears")
    verdict = run_gate(spoiled)
    assert failed(verdict) == {name for name in checks(verdict) if name.startswith("arrears.")}
    assert all("wage_arrears" in checks(verdict)[name]["exception"] for name in failed(verdict))
    assert verdict.verdict == "closed"


def test_lost_column_fails_its_checks_and_no_others(spoiled: Settings) -> None:
    execute(spoiled, "alter table marts.target_progress drop column status_since")
    assert failed(run_gate(spoiled)) == {"progress.key_filled", "progress.period_valid"}


def test_lost_column_of_a_survey_fails_its_check_and_no_others(spoiled: Settings) -> None:
    execute(spoiled, "alter table landing.employment drop column source_system")
    verdict = run_gate(spoiled)
    assert failed(verdict) == {"landing.employment.complete"}
    assert "source_system" in checks(verdict)["landing.employment.complete"]["exception"]


def test_rows_that_break_a_survey_are_shown_with_what_is_wrong(spoiled: Settings) -> None:
    execute(spoiled, *FAULTS["landing.employment.allowed_values"].statements)
    check = checks(run_gate(spoiled))["landing.employment.allowed_values"]
    assert check["observed"] == "3 rows"
    assert check["sample"][0] == {
        "record_id": "r2-0",
        "revision": 1,
        "_partition": 0,
        "_offset": 200,
        "problem": "operation = patch",
    }


def test_check_that_measures_nothing_fails(spoiled: Settings) -> None:
    execute(spoiled, "delete from landing.employment", "delete from ops.load")
    verdict = run_gate(spoiled)
    check = checks(verdict)["delivery.employment.fresh"]
    assert (check["success"], check["observed"]) == (False, "nothing landed")


def test_before_the_first_release_comparisons_say_that_they_compared_nothing(
    spoiled: Settings,
) -> None:
    execute(
        spoiled,
        "delete from published.release",
        "drop table published.indicator_value, published.target_progress",
    )
    verdict = run_gate(spoiled)
    assert failed(verdict) == set()
    assert verdict.report["compared_with_release"] is None
    said = {check["observed"] for name, check in checks(verdict).items() if "history." in name}
    assert said == {"no earlier release: nothing to compare with"}


def test_rows_that_a_release_has_shown_are_not_looked_at_again(spoiled: Settings) -> None:
    execute(
        spoiled,
        "update published.release set horizon = (select horizon from ops.build where build_id = 2)",
        "update landing.employment set operation = 'patch'",
    )
    verdict = run_gate(spoiled)
    assert failed(verdict) == set()
    said = checks(verdict)["landing.employment.allowed_values"]["observed"]
    assert said == "no new loads since the last release"


def test_without_a_build_there_is_nothing_to_judge(spoiled: Settings) -> None:
    execute(spoiled, "truncate ops.build cascade")
    with pytest.raises(NoCandidate, match="run `livelihood build`"):
        run_gate(spoiled)


@pytest.mark.parametrize("status", ["failed", "running"])
def test_marts_touched_by_a_later_build_are_not_judged(status: str, spoiled: Settings) -> None:
    execute(spoiled, f"update ops.build set status = '{status}' where build_id = 2")
    with pytest.raises(NoCandidate, match=f"build 2 is {status}"):
        run_gate(spoiled)


def test_replaced_build_is_not_judged(spoiled: Settings) -> None:
    with pytest.raises(NoCandidate, match="build 2 wrote over it"):
        run_gate(spoiled, build_id=1)


def test_build_that_starts_meanwhile_makes_the_verdict_void(
    spoiled: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build_meanwhile(*_: object) -> list[Any]:
        execute(
            spoiled,
            "insert into ops.build (status, horizon, as_of_date, code_version, contract_versions,"
            " dbt_version) values ('running', '{}', '2023-06-30', '0', '{}', '1')",
        )
        return []

    monkeypatch.setattr(gate, "run_checks", build_meanwhile)
    with pytest.raises(NoCandidate, match="run the gate again"):
        run_gate(spoiled)
    assert recorded(spoiled) == []
