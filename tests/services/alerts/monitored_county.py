"""A small county as published tables show it, made by hand, whose figures tests may change."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from livelihood.settings import Settings
from livelihood.warehouse import connect

TABLES = """
create table if not exists published.dim_region (
    region_code text collate "C", name_zh text, name_en text, level text, parent_code text);
create table if not exists published.dim_target (
    target_id text collate "C", plan_id text, section text, name_zh text, name_en text,
    indicator_code text, basis text, owner text, supporting text, applies_to_parts boolean,
    not_measurable_reason text, duplicate_of text, note text, is_approximate boolean);
create table if not exists published.target_progress (
    target_id text collate "C", plan_id text, region_code text collate "C", period_month date,
    indicator_code text, population text, periodicity text, comparator text,
    target_value numeric, target_value_high numeric, expected_value numeric, value numeric,
    gap numeric, unit text, status text, status_since date, is_part boolean, note text);
create table if not exists published.wage_arrears (
    project_code text collate "C", employer_token text collate "C", township_code text collate "C",
    workers_persons bigint, unpaid_yuan numeric, oldest_due_date date, days_late integer,
    is_group boolean);
create table if not exists published.report_clock (
    plan_id text collate "C", office text collate "C", due_date date, period_end_date date,
    section text, figures_due bigint, figures_on_time bigint, figures_received bigint,
    submitted_at timestamptz, status text, days_late integer);
"""


@dataclass
class County:
    """Writes what the rules read; each method replaces what it wrote before."""

    settings: Settings

    def create(self) -> None:
        """Two regions and two targets, nothing measured yet."""
        self.execute(TABLES)
        self.execute(
            "insert into published.dim_region values "
            "('522327', '册亨县', 'Ceheng County', 'county', '5223'), "
            "('522327001', '者楼街道', 'Zhelou Subdistrict', 'township', '522327')"
        )
        for target_id, basis in (("stated", "stated"), ("our_reading", "reading")):
            self.execute(
                """
                insert into published.dim_target (
                    target_id, plan_id, name_zh, name_en, basis, owner)
                values (%s, 'plan', '工资按时足额支付', 'Wages paid in full', %s, '县人社局')""",
                [target_id, basis],
            )

    def progress(self, target_id: str, status: str, region: str = "522327", **columns: Any) -> None:
        """The latest verdict on a target in a region."""
        row = {
            "target_id": target_id,
            "plan_id": "plan",
            "region_code": region,
            "period_month": "2023-06-01",
            "indicator_code": "wage_on_time_full_pct",
            "unit": "pct",
            "comparator": ">=",
            "target_value": Decimal(100),
            "expected_value": Decimal(100),
            "value": None if status == "no_data" else Decimal("93.5"),
            "gap": Decimal("-6.5"),
            "status": status,
            "status_since": "2023-03-31",
            "is_part": len(region) == 9,
            **columns,
        }
        self.execute(
            "delete from published.target_progress where target_id = %s and region_code = %s "
            "and period_month = %s",
            [target_id, region, row["period_month"]],
        )
        marks = ", ".join(["%s"] * len(row))
        self.execute(
            f"insert into published.target_progress ({', '.join(row)}) values ({marks})",
            list(row.values()),
        )

    def arrears(self, *payers: tuple[str, str, str, int]) -> None:
        """Unpaid wages as (project, employer, township, workers)."""
        self.execute("delete from published.wage_arrears")
        for project, employer, township, workers in payers:
            self.execute(
                "insert into published.wage_arrears values "
                "(%s, %s, %s, %s, 12500.50, '2023-05-15', 46, %s)",
                [project, employer, township, workers, workers >= 10],
            )

    def report(self, due_date: str, status: str, days_late: int | None = None) -> None:
        """How an office's report for a due date stands: two of its three figures are in."""
        self.execute("delete from published.report_clock where due_date = %s", [due_date])
        self.execute(
            "insert into published.report_clock values "
            "('plan', '县财政局', %s, '2023-06-30', '附件3 三(三)', 3, 2, 2, null, %s, %s)",
            [due_date, status, days_late],
        )

    def gate(self, verdict: str) -> None:
        """A newer build, and the gate's verdict on it."""
        self.execute(
            """
            with build as (
                insert into ops.build (status, horizon, as_of_date, code_version,
                    contract_versions, dbt_version)
                values ('built', '{}', '2023-06-30', 'test', '{}', '1.11') returning build_id
            )
            insert into ops.gate_result (build_id, verdict, critical_failed, warning_failed,
                checks, report)
            select build_id, %s, 2, 0, 30, '{"suites": []}' from build""",
            [verdict],
        )

    def execute(self, query: str, parameters: list[Any] | None = None) -> None:
        with connect(self.settings) as connection:
            connection.execute(query, parameters)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with connect(self.settings) as connection:
            return connection.execute(query).fetchall()

    @property
    def alerts(self) -> list[tuple[str, str, str, str]]:
        """(rule, subject, level, state) of every alert ever raised."""
        return self.rows("select rule, subject, level, state from ops.alert order by 1, 2")

    @property
    def events(self) -> list[str]:
        """What the outbox tells, in order."""
        return [row[0] for row in self.rows("select event from ops.outbox order by message_id")]
