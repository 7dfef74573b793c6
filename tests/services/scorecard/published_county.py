"""A published release of a small county with a target of each status, and an alert."""

from __future__ import annotations

import datetime as dt
from typing import Any

from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.marts import (
    create_marts,
    create_target_status,
    create_target_status_at,
    insert_rows,
)

MARTS = ("dim_region", "dim_plan", "dim_target", "target_progress")
REGIONS = (
    ("522327", "册亨县", "Ceheng County", "county", "5223"),
    ("522327001", "者楼街道", "Zhelou Subdistrict", "township", "522327"),
    ("522327002", "纳福街道", "Nafu Subdistrict", "township", "522327"),
    ("6201", "兰州市", "Lanzhou", "prefecture", "62"),
)
PLANS = (
    ("ceheng", "册亨县增收方案", "Ceheng plan", "522327", "2022-01-01", "2024-12-31"),
    ("lanzhou", "兰州市增收方案", "Lanzhou plan", "6201", "2017-01-01", "2020-12-31"),
)
# What publication creates besides tables, and the build that was published.
FUNCTIONS_AND_BUILD = """
create function published.dim_region_at(bigint) returns setof published.dim_region
    language sql as 'select * from published.dim_region';
create function published.dim_plan_at(bigint) returns setof published.dim_plan
    language sql as 'select * from published.dim_plan';
create function published.dim_target_at(bigint) returns setof published.dim_target
    language sql as 'select * from published.dim_target';
create function published.target_progress_at(bigint) returns setof published.target_progress
    language sql as 'select * from published.target_progress where period_month < ''2023-06-01''';
insert into ops.build (status, horizon, as_of_date, code_version, contract_versions, dbt_version)
    values ('built', '{"employment": 3}', '2023-06-30', '0.1.0', '{"employment": "1.0.0"}', '1.11');
"""
# A name that breaks a page without escaping.
HOSTILE_NAME = "<script>alert('工资')</script>"


def publish_county(settings: Settings) -> None:
    """Write the tables, the release and an alert as publication would leave them."""
    with connect(settings) as connection:
        create_marts(connection, "published", MARTS)
        connection.execute(FUNCTIONS_AND_BUILD)
        create_target_status(connection)
        create_target_status_at(connection)
        region_columns = ("region_code", "name_zh", "name_en", "level", "parent_code")
        insert_rows(connection, "published.dim_region", region_columns, REGIONS)
        plan_columns = ("plan_id", "name_zh", "name_en", "region_code", "starts_on", "ends_on")
        insert_rows(connection, "published.dim_plan", plan_columns, PLANS)
    execute(
        settings,
        """
        insert into ops.gate_result (build_id, verdict, critical_failed, warning_failed, checks,
            report)
        values (1, 'open', 0, 1, 30, %s)""",
        [GATE_REPORT],
    )
    execute(
        settings,
        """
        insert into published.release (release_id, as_of_date, build_id, gate_id, horizon, offsets,
            load_ids, dbt_version, code_version, contract_versions, row_counts, is_simulated,
            accepted_checks)
        values (7, '2023-06-30', 1, 1, '{"employment": 3}', '{}', '{}', '1.11', '0.1.0',
            '{"employment": "1.0.0"}', '{"target_status": {}}', true,
            '[{"check": "history.no_collapse", "by": "张三", "reason": "撤回重复数据"}]')""",
    )
    for name, status, owner in TARGETS:
        _target(settings, "ceheng", name, status, owner)
    _target(settings, "lanzhou", "兰州目标", "no_data", "市人社局")
    for region, status in (("522327001", "missed"), ("522327002", "met")):
        _progress(settings, "ceheng", "未达标目标", region, dt.date(2023, 6, 1), status)
    execute(
        settings,
        "insert into ops.alert (rule, subject, level, state, title, detail, owner) values "
        "('target', 'x', 'red', 'open', '册亨县未达标 | missed', '{}', '县人社局')",
    )


TARGETS = (
    ("未达标目标", "missed", "县人社局"),
    ("滞后目标", "behind", "县教育局"),
    ("正常目标", "on_track", "县人社局"),
    ("达标目标", "met", "县人社局"),
    ("来年目标", "not_started", "县发改局"),
    ("不可监测目标", "not_measurable", "县发改局"),
    (HOSTILE_NAME, "met", "县卫健局"),
)
GATE_REPORT = """
{"suites": [
  {"name": "livelihood_critical", "severity": "critical", "checks": [
    {"id": "tree.sums", "title": "Townships add up", "title_zh": "乡镇合计", "success": true,
     "message": "Look at the roll-up.", "observed": "0 rows", "expected": "no difference",
     "sample": [], "table": "marts.indicator_value", "exception": null}]},
  {"name": "livelihood_warning", "severity": "warning", "checks": [
    {"id": "history.jump", "title": "No jump", "title_zh": "无突变", "success": false,
     "message": "Ask the bureau whether it is real.", "observed": "1 row", "expected": "below 50 %",
     "sample": [{"region_code": "522327001", "change_pct": 71.2}],
     "table": "marts.indicator_value", "exception": null}]}]}"""


def _target(settings: Settings, plan_id: str, name: str, status: str, owner: str) -> None:
    execute(
        settings,
        """
        insert into published.dim_target (target_id, plan_id, section, name_zh, name_en,
            starts_on, value, unit, basis, owner, not_measurable_reason)
        values (%s, %s, '附件2 一、4', %s, 'English name',
            '2024-01-01', 100, 'pct', 'stated', %s, %s)""",
        [name, plan_id, name, owner, "没有住户调查" if status == "not_measurable" else None],
    )
    region = "522327" if plan_id == "ceheng" else "6201"
    for month, month_status in ((5, "on_track"), (6, status)):
        _progress(settings, plan_id, name, region, dt.date(2023, month, 1), month_status)


def _progress(
    settings: Settings, plan_id: str, name: str, region: str, month: dt.date, status: str
) -> None:
    value = {"missed": 90, "behind": 95.5, "on_track": 99, "met": 100}.get(status)
    execute(
        settings,
        """
        insert into published.target_progress values (%s, %s, %s, %s, 'indicator', 'all', 'monthly',
            '>=', 100, null, 100, %s, 0, 'pct', %s, '2023-03-31', %s, null)""",
        [name, plan_id, region, month, value, status, len(region) == 9],
    )


def execute(settings: Settings, query: str, parameters: list[Any] | None = None) -> None:
    """Run one statement and commit it."""
    with connect(settings) as connection:
        connection.execute(query, parameters)
