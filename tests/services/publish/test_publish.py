"""Publication on a real PostgreSQL: what changes, what is rejected, what stays readable."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from livelihood.errors import GateClosed, LivelihoodError
from livelihood.publish import CandidateStale, MartDifference, diff_releases, list_releases
from livelihood.warehouse import connect
from testkit.candidates import FIGURES, Candidates

JUNE = dt.date(2023, 6, 1)
A = ("522327001", JUNE, Decimal("95.1"), "provisional")
B = ("522327002", JUNE, Decimal("91.0"), "provisional")
C = ("522327003", JUNE, None, "final")
FIRST: list[tuple[Any, ...]] = [A, B, C]
B_CORRECTED = ("522327002", JUNE, Decimal("92.5"), "final")
CURRENT = "select * from published.figures order by 1, 2"


def test_the_first_release_shows_the_candidate_with_its_provenance(
    candidates: Candidates,
) -> None:
    build_id = candidates.build(FIRST, horizon={"employment": 0})
    release = candidates.publish()
    assert release is not None
    assert (release.release_id, release.build_id) == (1, build_id)
    assert (release.marts["figures"].rows, release.marts["figures"].inserted) == (3, 3)
    assert candidates.rows(CURRENT) == FIRST
    (summary,) = list_releases(candidates.settings)
    assert (summary.release_id, summary.gate_id) == (1, release.gate_id)
    assert summary.as_of_date == dt.date(2023, 6, 30)


def test_the_release_shows_the_checks_that_were_accepted(candidates: Candidates) -> None:
    candidates.build(FIRST)
    with connect(candidates.settings) as connection:
        connection.execute("""
            update ops.gate_result set report = '{"suites": [{"severity": "critical", "checks": [{
                "id": "history.no_collapse", "success": false, "observed": "1 row",
                "accepted": {"by": "张三", "reason": "撤回重复数据", "at": "2023-07-01"}}]}]}'""")
    candidates.publish()
    (summary,) = list_releases(candidates.settings)
    assert summary.accepted == "history.no_collapse (张三: 撤回重复数据)"
    query = "select accepted_checks -> 0 ->> 'by' from published.release"
    assert candidates.rows(query, role="analyst") == [("张三",)]


def test_changed_deleted_and_new_rows_become_a_release_and_the_past_stays(
    candidates: Candidates,
) -> None:
    candidates.build(FIRST)
    candidates.publish()
    new = ("522327103", JUNE, Decimal(1), "final")
    candidates.build([A, B_CORRECTED, new])
    release = candidates.publish()
    assert release is not None
    assert (release.marts["figures"].closed, release.marts["figures"].inserted) == (2, 2)
    assert candidates.rows(CURRENT) == [A, B_CORRECTED, new]
    assert candidates.rows("select * from published.figures_at(1) order by 1") == FIRST
    assert candidates.rows("select * from published.figures_at(2) order by 1") == [
        A,
        B_CORRECTED,
        new,
    ]
    # The unchanged row was not written again.
    vintages = "select from_release, to_release from published.figures_vintages where region_code ="
    assert candidates.rows(f"{vintages} '522327001'") == [(1, None)]
    assert diff_releases(candidates.settings, 1, 2) == [
        MartDifference("figures", added=1, removed=1, changed=1)
    ]


def test_an_unchanged_candidate_is_no_release(candidates: Candidates) -> None:
    candidates.build(FIRST)
    assert candidates.publish() is not None
    assert candidates.publish() is None
    candidates.build(FIRST)
    assert candidates.publish() is None
    assert len(list_releases(candidates.settings)) == 1


def test_a_new_day_is_a_new_release_even_with_the_same_figures(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    candidates.build(FIRST, as_of_date="2023-07-01")
    release = candidates.publish()
    assert release is not None
    assert not release.marts["figures"].changed


def test_a_candidate_that_was_not_judged_is_rejected(candidates: Candidates) -> None:
    candidates.build(FIRST, verdict=None)
    with pytest.raises(GateClosed, match="has not judged"):
        candidates.publish()
    assert candidates.rows("select to_regclass('published.figures')") == [(None,)]


def test_a_closed_gate_leaves_the_last_release(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    candidates.build([A], verdict="closed")
    with pytest.raises(GateClosed, match="gate is closed"):
        candidates.publish()
    assert candidates.rows(CURRENT) == FIRST


@pytest.mark.parametrize("status", ["running", "failed", "built"])
def test_a_verdict_is_stale_once_another_build_has_begun(
    candidates: Candidates, status: str
) -> None:
    judged = candidates.build(FIRST)
    candidates.build([A], verdict=None, status=status)
    with pytest.raises(CandidateStale, match=f"build {judged} cannot be published"):
        candidates.publish(judged)


def test_without_a_build_the_error_names_the_command(candidates: Candidates) -> None:
    with pytest.raises(LivelihoodError, match="livelihood build"):
        candidates.publish()


def test_rows_that_share_a_key_are_rejected_with_the_key(candidates: Candidates) -> None:
    candidates.build([A, A])
    with pytest.raises(LivelihoodError, match=r"figures .*522327001"):
        candidates.publish()


def test_a_mart_may_be_a_view(candidates: Candidates) -> None:
    candidates.build(FIRST)
    with connect(candidates.settings) as connection:
        connection.execute("alter table marts.figures rename to figures_base")
        connection.execute("create view marts.figures as select * from marts.figures_base")
    assert candidates.publish() is not None
    assert candidates.rows(CURRENT) == FIRST


def test_a_new_column_is_null_in_the_past(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    columns = {**FIGURES["columns"], "unit": ("text", "单位 Unit.")}
    candidates.marts = [{**FIGURES, "columns": columns}]
    candidates.build([(*A, "pct"), (*B, "pct")])
    candidates.publish()
    assert candidates.rows("select unit from published.figures") == [("pct",), ("pct",)]
    assert candidates.rows("select distinct unit from published.figures_at(1)") == [(None,)]
    assert len(candidates.rows("select * from published.figures_at(1)")) == 3


def test_a_column_that_left_the_mart_stays_in_the_vintages(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    columns = {name: c for name, c in FIGURES["columns"].items() if name != "status"}
    candidates.marts = [{**FIGURES, "columns": columns}]
    candidates.build([A[:3]])
    candidates.publish()
    assert candidates.rows(CURRENT) == [A[:3]]
    past = "select status from published.figures_vintages where from_release = 1 order by 1"
    assert candidates.rows(past)[0] == ("final",)


def test_a_type_that_would_change_past_figures_is_rejected(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    candidates.marts = [{**FIGURES, "columns": {**FIGURES["columns"], "value": ("text", "")}}]
    candidates.build([("522327001", JUNE, "many", "final")])
    with pytest.raises(LivelihoodError, match="value of the published mart figures"):
        candidates.publish()
    assert candidates.rows(CURRENT) == FIRST


def test_another_key_replaces_all_rows_once(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    candidates.marts = [{**FIGURES, "key": ["region_code", "period_month", "status"]}]
    candidates.build(FIRST)
    release = candidates.publish()
    assert release is not None
    assert candidates.rows(CURRENT) == FIRST
    assert len(candidates.rows("select * from published.figures_at(1)")) == 3


def test_a_mart_that_leaves_the_exposure_is_closed_and_stays_readable(
    candidates: Candidates,
) -> None:
    candidates.build(FIRST)
    candidates.publish()
    candidates.marts = [{**FIGURES, "name": "other_figures"}]
    candidates.build(FIRST)
    candidates.publish()
    assert candidates.rows("select * from published.figures") == []
    assert len(candidates.rows("select * from published.figures_at(1)")) == 3


def test_missing_indexes_of_an_earlier_version_are_created_by_the_next_release(
    candidates: Candidates,
) -> None:
    candidates.build(FIRST)
    candidates.publish()
    indexes = (
        "select indexname from pg_indexes where schemaname = 'published'"
        " and tablename = 'figures_vintages' order by 1"
    )
    created = candidates.rows(indexes)
    with connect(candidates.settings) as connection:
        connection.execute("drop index published.figures_from_release")
        connection.execute("drop index published.figures_to_release")
    candidates.build(FIRST)
    candidates.publish()
    assert candidates.rows(indexes) == created
    assert len(created) == 3


def test_a_release_that_does_not_exist_has_no_rows(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    assert candidates.rows("select * from published.figures_at(2)") == []


def test_an_analyst_reads_published_tables_and_nothing_else(candidates: Candidates) -> None:
    candidates.build(FIRST)
    candidates.publish()
    by_day = "select count(*) from published.figures_at(published.release_on(current_date))"
    for query in (CURRENT, "select * from published.release", by_day):
        assert candidates.rows(query, role="analyst")
    assert candidates.rows("show timezone", role="analyst") == [("Asia/Shanghai",)]
    assert candidates.rows(by_day, role="analyst") == [(3,)]
    for forbidden in (
        "select * from marts.figures",
        "select * from ops.build",
        "select * from landing.employment",
        "delete from published.figures_vintages",
        "update published.release set release_id = 5",
        "create table published.mine (x int)",
        "create table public.mine (x int)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            candidates.rows(forbidden, role="analyst")


def test_comments_explain_columns_and_mark_simulated_data(
    candidates: Candidates,
) -> None:
    comment = "select obj_description('published.figures'::regclass)"
    candidates.build(FIRST)
    release = candidates.publish()
    assert release is not None
    assert not release.is_simulated
    assert candidates.rows(comment, role="analyst")[0][0].startswith("Mart figures.")
    _land_one(candidates, source_system="simulator")
    candidates.build([A, B], horizon={"employment": 1})
    release = candidates.publish()
    assert release is not None
    assert release.is_simulated
    assert "SIMULATED DATA" in candidates.rows(comment, role="analyst")[0][0]
    column = "select col_description('published.figures'::regclass, 3)"
    assert candidates.rows(column, role="analyst") == [("数值 The figure.",)]


def test_a_release_names_its_loads_and_the_offsets_it_reaches(candidates: Candidates) -> None:
    with connect(candidates.settings) as connection:
        for load_id, kind, offsets in (
            (1, "load", '{"0": 10, "1": 5}'),
            (2, "load", '{"1": 9}'),
            (3, "replay", '{"0": 4}'),
            (4, "load", '{"0": 99}'),
        ):
            connection.execute(
                "insert into ops.load values (%s, 'employment', %s, now(), now(), 1, 0, '{}', %s)",
                [load_id, kind, offsets],
            )
    candidates.build(FIRST, horizon={"employment": 1})
    candidates.publish()
    candidates.build([A], horizon={"employment": 3})
    candidates.publish()
    recorded = candidates.rows("select load_ids, offsets from published.release order by 1")
    assert recorded == [
        ({"employment": [1]}, {"employment": {"0": 10, "1": 5}}),
        ({"employment": [2, 3]}, {"employment": {"0": 10, "1": 9}}),
    ]


def _land_one(candidates: Candidates, **values: str) -> None:
    """Insert one row into landing.employment, with a valid value in each required column."""
    with connect(candidates.settings) as connection:
        columns = connection.execute(
            """
            select attname, format_type(atttypid, null) from pg_attribute
            where attrelid = 'landing.employment'::regclass and attnotnull and attnum > 0"""
        ).fetchall()
        fillers = {
            "text": "x",
            "boolean": "true",
            "date": "2023-06-01",
            "timestamp with time zone": "2023-06-01",
        }
        row = {name: values.get(name, fillers.get(kind, "1")) for name, kind in columns}
        names = ", ".join(row)
        marks = ", ".join(["%s"] * len(row))
        connection.execute(
            f"insert into landing.employment ({names}) values ({marks})", list(row.values())
        )
