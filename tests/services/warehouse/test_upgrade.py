"""An installed warehouse of an earlier version is migrated without losing a row, and builds.

`three_streams.sql.gz` is a pg_dump of a small simulated platform as the version with three streams
left it: it had loaded, built, judged and published. To keep it small most rows were deleted, and
the build's own tables are empty.
"""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from infra.local.backup import replace
from livelihood.contracts import load_contracts
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import ANALYST, connect, migrate

DUMP = Path(__file__).with_name("three_streams.sql.gz")
OLD_STREAMS = {"employment", "social_insurance", "wage_payment"}
KEPT = ("landing", "ops", "published")
Rows = dict[str, list[str]]


@pytest.fixture
def installed(warehouse: Settings, tmp_path: Path) -> Settings:
    """The former version's warehouse, not yet migrated."""
    with gzip.open(DUMP) as script:
        replace(warehouse, script)
    return warehouse.model_copy(update={"home": tmp_path, "as_of_date": dt.date(2022, 3, 31)})


def rows(settings: Settings, columns: dict[str, list[str]] | None = None) -> Rows:
    """All rows of the tables that are kept, as text, in the columns they had before."""
    with connect(settings) as connection:
        tables = connection.execute(
            "select table_schema, table_name, array_agg(column_name::text order by"
            " ordinal_position) from information_schema.columns join information_schema.tables"
            " using (table_schema, table_name) where table_schema = any(%s)"
            " and table_type = 'BASE TABLE' group by 1, 2",
            [list(KEPT)],
        ).fetchall()
        found = {}
        for schema, table, names in tables:
            name = f"{schema}.{table}"
            if columns is None or name in columns:
                kept = names if columns is None else columns[name]
                query = sql.SQL("select row({})::text from {} order by 1").format(
                    sql.SQL(", ").join([sql.Identifier(column) for column in kept]),
                    sql.Identifier(schema, table),
                )
                found[name] = [row[0] for row in connection.execute(query)]
        return found


def column_names(settings: Settings) -> dict[str, list[str]]:
    with connect(settings) as connection:
        return dict(
            connection.execute(
                "select table_schema || '.' || table_name, array_agg(column_name::text"
                " order by ordinal_position) from information_schema.columns"
                " where table_schema = any(%s) group by 1",
                [list(KEPT)],
            ).fetchall()
        )


def test_the_dump_is_of_an_earlier_version_that_worked(installed: Settings) -> None:
    held = rows(installed)
    assert {f"landing.{stream}" for stream in load_contracts()} - set(held)
    for table in ("ops.load", "ops.quarantine", "ops.alert", "published.release"):
        assert held[table]
    assert all(held[f"landing.{stream}"] for stream in OLD_STREAMS)
    assert held["published.target_progress_vintages"]


def test_no_row_is_lost_and_what_is_new_is_there(installed: Settings) -> None:
    columns = column_names(installed)
    # How far the build had come is forgotten, so that it begins anew.
    del columns["ops.build_watermark"]
    before = rows(installed, columns)
    migrate(installed)
    migrate(installed)
    assert rows(installed, columns) == before
    after = rows(installed)
    assert {f"landing.{stream}" for stream in load_contracts()} <= set(after)


def test_the_migrated_warehouse_builds_and_publishes_and_old_releases_stay(
    installed: Settings,
) -> None:
    query = "select * from published.indicator_value_at(1) order by 1, 2, 3, 4"
    columns = column_names(installed)["published.indicator_value"]
    old = f"select {', '.join(columns)} from published.indicator_value_at(1) order by 1, 2, 3, 4"
    with connect(installed) as connection:
        shown = connection.execute(query).fetchall()
    migrate(installed)
    report = build(installed)
    assert report.is_new
    with connect(installed) as connection:
        # Most figures of release 1 are not in the dump, so the real gate would ask for them.
        connection.execute(
            "insert into ops.gate_result (build_id, verdict, critical_failed, warning_failed,"
            " checks, report) values (%s, 'open', 0, 0, 0, '{}')",
            [report.build_id],
        )
    release = publish(installed, report.build_id)
    assert release is not None
    assert release.release_id == 2
    assert release.marts["indicator_value"].rows > len(shown) > 0
    with connect(installed) as connection:
        assert connection.execute(old.encode()).fetchall() == shown


def test_analysts_do_not_read_what_is_made_after_the_upgrade(installed: Settings) -> None:
    """The earlier version let them read every table that would ever be made in `published`."""
    migrate(installed)
    with connect(installed) as connection:
        connection.execute("create table published.about_persons (person_token text)")
    with (
        connect(installed, role=ANALYST) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("select * from published.about_persons")
