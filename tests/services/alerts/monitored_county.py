"""A small county in the published tables, written without dbt; tests may change its figures."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from livelihood.settings import Settings
from livelihood.warehouse import connect
from testkit.marts import create_marts, create_target_status, insert_rows

MARTS = ("dim_region", "dim_target", "target_progress", "wage_arrears", "report_clock")
REGIONS = (
    ("522327", "册亨县", "Ceheng County", "county", "5223"),
    ("522327001", "者楼街道", "Zhelou Subdistrict", "township", "522327"),
)


@dataclass
class County:
    """The tables that alert rules read; each method replaces the rows it wrote before."""

    settings: Settings

    def create(self) -> None:
        """Create two regions and two targets without any progress."""
        columns = ("region_code", "name_zh", "name_en", "level", "parent_code")
        with connect(self.settings) as connection:
            create_marts(connection, "published", MARTS)
            create_target_status(connection)
            insert_rows(connection, "published.dim_region", columns, REGIONS)
        for target_id, basis in (("stated", "stated"), ("our_reading", "reading")):
            self.execute(
                """
                insert into published.dim_target (
                    target_id, plan_id, name_zh, name_en, basis, owner)
                values (%s, 'plan', '工资按时足额支付', 'Wages paid in full', %s, '县人社局')""",
                [target_id, basis],
            )

    def progress(self, target_id: str, status: str, region: str = "522327", **columns: Any) -> None:
        """Write the latest verdict on a target in a region."""
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
        with connect(self.settings) as connection:
            values = [tuple(row.values())]
            insert_rows(connection, "published.target_progress", list(row), values)

    def arrears(self, *payers: tuple[str, str, str, int]) -> None:
        """Write unpaid wages, each as (project, employer, township, workers)."""
        self.execute("delete from published.wage_arrears")
        for project, employer, township, workers in payers:
            self.execute(
                "insert into published.wage_arrears values "
                "(%s, %s, %s, %s, 12500.50, '2023-05-15', 46, %s)",
                [project, employer, township, workers, workers >= 10],
            )

    def report(self, due_date: str, status: str, days_late: int | None = None) -> None:
        """Write the status of an office's report of which two of three figures were received."""
        self.execute("delete from published.report_clock where due_date = %s", [due_date])
        self.execute(
            "insert into published.report_clock values "
            "('plan', '县财政局', %s, '2023-06-30', '附件3 三(三)', 3, 2, 2, null, %s, %s)",
            [due_date, status, days_late],
        )

    def gate(self, verdict: str) -> None:
        """Write a newer build, and the gate's verdict on it."""
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
        """Events of the messages in the outbox, in order."""
        return [row[0] for row in self.rows("select event from ops.outbox order by message_id")]
