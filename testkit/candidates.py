"""Candidates written without dbt and gate: a mart, its manifest, its build and a verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from livelihood.publish import Release, publish
from livelihood.settings import Settings
from livelihood.warehouse import connect
from livelihood.warehouse.connection import Role
from testkit.marts import insert_rows

FIGURES: dict[str, Any] = {
    "name": "figures",
    "key": ["region_code", "period_month"],
    "columns": {
        "region_code": ("text", "地区 Region code."),
        "period_month": ("date", "月份 First day of the month."),
        "value": ("numeric", "数值 The figure."),
        "status": ("text", "状态 provisional or final."),
    },
}


@dataclass
class Candidates:
    """Candidates of a warehouse, as dbt and the gate would leave them."""

    settings: Settings
    folder: Path
    marts: list[dict[str, Any]] = field(default_factory=lambda: [FIGURES])

    @property
    def manifest_path(self) -> Path:
        """File with the manifest of the present marts, written when it is read."""
        path = self.folder / "manifest.json"
        path.write_text(json.dumps(manifest(self.marts)), encoding="utf-8")
        return path

    def build(
        self,
        rows: list[tuple[Any, ...]],
        verdict: str | None = "open",
        status: str = "built",
        as_of_date: str = "2023-06-30",
        horizon: dict[str, int] | None = None,
    ) -> int:
        """Record a build that put `rows` into the first mart, and a verdict. Return its id."""
        mart = self.marts[0]
        build_id = self.begin_build(status, as_of_date, horizon)
        with connect(self.settings) as connection:
            columns = ", ".join(f'"{n}" {c[0]}' for n, c in mart["columns"].items())
            table = f"marts.{mart['name']}"
            connection.execute(f"drop table if exists {table}")
            connection.execute(f"create table {table} ({columns})")
            insert_rows(connection, table, list(mart["columns"]), rows)
            if verdict:
                connection.execute(
                    """
                    insert into ops.gate_result (build_id, verdict, critical_failed,
                        warning_failed, checks, report)
                    values (%s, %s, 0, 0, 1, '{"suites": []}')""",
                    [build_id, verdict],
                )
        return build_id

    def begin_build(
        self,
        status: str = "running",
        as_of_date: str = "2023-06-30",
        horizon: dict[str, int] | None = None,
    ) -> int:
        """Insert a row of `ops.build`, as a build does before it changes marts. Return its id."""
        with connect(self.settings) as connection:
            row = connection.execute(
                """
                insert into ops.build (finished_at, status, horizon, as_of_date, code_version,
                    contract_versions, dbt_version)
                values (now(), %s, %s, %s, 'test', '{"employment": "1.0.0"}', '1.11')
                returning build_id""",
                [status, Jsonb(horizon or {}), as_of_date],
            ).fetchone()
        assert row is not None
        return int(row[0])

    def publish(self, build_id: int | None = None) -> Release | None:
        """Publish a build, the newest if none is given."""
        return publish(self.settings, build_id, manifest_path=self.manifest_path)

    def rows(self, query: str, role: Role | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query, asked in a role if one is given."""
        with connect(self.settings, role=role) as connection:
            return connection.execute(query).fetchall()

    def published_state(self) -> list[tuple[Any, ...]]:
        """Return the relations of the schema `published`, and the rows of its tables."""
        relations = self.rows(
            "select relname::text from pg_class"
            " where relnamespace = 'published'::regnamespace order by relname"
        )
        tables = [name for (name,) in relations if name == "release" or name.endswith("_vintages")]
        contents = [tuple(self.rows(f"select * from published.{name}")) for name in tables]
        return [*relations, *contents]


def manifest(marts: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a dbt manifest with what publication reads."""
    nodes = {
        f"model.livelihood.{mart['name']}": {
            "name": mart["name"],
            "alias": mart["name"],
            "schema": "marts",
            "description": f"Mart {mart['name']}.",
            "config": {"meta": {"key": mart["key"]}},
            "columns": {
                name: {"name": name, "data_type": data_type, "description": description}
                for name, (data_type, description) in mart["columns"].items()
            },
        }
        for mart in marts
    }
    exposure = {"name": "monitoring", "depends_on": {"nodes": list(nodes)}}
    return {"nodes": nodes, "exposures": {"exposure.livelihood.monitoring": exposure}}
