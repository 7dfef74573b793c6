"""Upgrade of a warehouse of each earlier version, and the way back.

Each dump was written by pg_dump from a small simulated platform after it had loaded, built, judged
and published. Its build tables are empty, because a build recomputes them.

- `three_streams.sql.gz`: a development version with three streams. Most rows were deleted.
- `v0_1_0.sql.gz`: version 0.1.0, with two releases, a closed gate, alerts and quarantine. Only rows
  of `target_progress` with the status `no_data` of four plans outside the simulated county were
  deleted.
"""

from __future__ import annotations

import datetime as dt
import gzip
import re
import subprocess
from pathlib import Path

import polars as pl
import psycopg
import pytest
from psycopg import sql

from expectations import run_gate
from infra.local.backup import backup, replace, restore
from infra.local.postgres import program
from livelihood.contracts import load_contract, load_contracts
from livelihood.load.sources import SourceCheck
from livelihood.publish import publish
from livelihood.settings import Settings
from livelihood.transform import build
from livelihood.warehouse import ANALYST, connect, migrate
from livelihood.warehouse.ledger import sources as ledger

FOLDER = Path(__file__).parent
STREAMS = {
    "three_streams": {"employment", "social_insurance", "wage_payment"},
    "v0_1_0": set(load_contracts()),
}
AS_OF = dt.date(2022, 3, 31)
PRESERVED = ("landing", "ops", "published")
PROGRESS = "target_progress"
# Of the other plans the dump of 0.1.0 lacks the rows without data.
COMPLETE_PLANS = re.compile(r"\((ceheng|quzhou)_")
DUE_ON_THE_DAY = re.compile(r"\(contribution_collected_pct,\d+,all,2022-03-01,")
Columns = dict[str, list[str]]
Rows = dict[str, list[str]]


@pytest.fixture(params=STREAMS)
def dump(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def installed(warehouse: Settings, dump: str, tmp_path: Path) -> Settings:
    """Settings of an earlier version's warehouse, not yet migrated."""
    with gzip.open(FOLDER / f"{dump}.sql.gz") as script:
        replace(warehouse, script)
    return warehouse.model_copy(update={"home": tmp_path, "as_of_date": AS_OF})


only_0_1_0 = pytest.mark.parametrize("dump", ["v0_1_0"], indirect=True)


def column_names(settings: Settings) -> Columns:
    """Return the columns of all tables whose rows an upgrade preserves, by qualified name."""
    with connect(settings) as connection:
        return dict(
            connection.execute(
                "select table_schema || '.' || table_name, array_agg(column_name::text"
                " order by ordinal_position) from information_schema.columns"
                " join information_schema.tables using (table_schema, table_name)"
                " where table_schema = any(%s) and table_type = 'BASE TABLE' group by 1",
                [list(PRESERVED)],
            ).fetchall()
        )


def rows(settings: Settings, columns: Columns) -> Rows:
    """Return the rows of the tables in these columns, as text, sorted."""
    with connect(settings) as connection:
        return {
            table: [
                row[0]
                for row in connection.execute(
                    sql.SQL("select row({})::text from {} order by 1").format(
                        sql.SQL(", ").join(map(sql.Identifier, names)),
                        sql.Identifier(*table.split(".")),
                    )
                )
            ]
            for table, names in columns.items()
        }


def published_columns(settings: Settings) -> Columns:
    """Return the columns of the published tables, without those that name releases."""
    suffix = "_vintages"
    return {
        table.removesuffix(suffix): [name for name in names if not name.endswith("_release")]
        for table, names in column_names(settings).items()
        if table.endswith(suffix)
    }


def release_rows(settings: Settings, columns: Columns, release_id: int) -> Rows:
    """Return the rows of the published tables as a release showed them, as text, sorted."""
    with connect(settings) as connection:
        return {
            table: [
                row[0]
                for row in connection.execute(
                    sql.SQL("select row({})::text from {}({}) order by 1").format(
                        sql.SQL(", ").join(map(sql.Identifier, names)),
                        sql.Identifier("published", f"{table.split('.')[1]}_at"),
                        release_id,
                    )
                )
            ]
            for table, names in columns.items()
        }


def release_ids(settings: Settings) -> list[int]:
    """Return the numbers of all releases, oldest first."""
    with connect(settings) as connection:
        query = "select release_id from published.release order by release_id"
        return [row[0] for row in connection.execute(query)]


def archive_as_sql(path: Path) -> list[str]:
    """Return the statements and rows of a backup, without the key that is random in each."""
    script = subprocess.run(
        [program("pg_restore"), "--file=-", str(path)], capture_output=True, text=True, check=True
    ).stdout
    return [line for line in script.splitlines() if "restrict " not in line]


def test_the_dump_is_of_an_earlier_version_that_worked(installed: Settings, dump: str) -> None:
    stored = rows(installed, column_names(installed))
    assert {f"landing.{stream}" for stream in STREAMS[dump]} == {
        table for table in stored if table.startswith("landing.")
    }
    for table in ("ops.load", "ops.quarantine", "ops.alert", "published.release"):
        assert stored[table]
    assert stored["landing.employment"]
    assert stored["published.target_progress_vintages"]


@only_0_1_0
def test_the_dump_of_0_1_0_has_two_releases_and_a_closed_gate(installed: Settings) -> None:
    assert release_ids(installed) == [1, 2]
    with connect(installed) as connection:
        query = "select distinct verdict from ops.gate_result order by 1"
        assert connection.execute(query).fetchall() == [("closed",), ("open",)]


def test_no_row_and_no_release_is_lost(installed: Settings) -> None:
    columns = column_names(installed)
    # The positions of the build are reset, so that the next build is a full refresh.
    del columns["ops.build_watermark"]
    before = rows(installed, columns)
    published = published_columns(installed)
    shown = {
        number: release_rows(installed, published, number) for number in release_ids(installed)
    }
    migrate(installed)
    migrate(installed)
    assert rows(installed, columns) == before
    assert {f"landing.{stream}" for stream in load_contracts()} <= set(column_names(installed))
    assert shown == {
        number: release_rows(installed, published, number) for number in release_ids(installed)
    }
    assert any(shown[1].values())


@pytest.mark.parametrize("dump", ["three_streams"], indirect=True)
def test_the_migrated_warehouse_builds_and_publishes_and_old_releases_stay(
    installed: Settings,
) -> None:
    published = published_columns(installed)
    shown = release_rows(installed, published, 1)
    migrate(installed)
    report = build(installed)
    assert report.is_new
    with connect(installed) as connection:
        # Most values of release 1 are not in the dump, so the real gate would report them.
        connection.execute(
            "insert into ops.gate_result (build_id, verdict, critical_failed, warning_failed,"
            " checks, report) values (%s, 'open', 0, 0, 0, '{}')",
            [report.build_id],
        )
    release = publish(installed, report.build_id)
    assert release is not None
    assert release.release_id == 2
    values = shown["published.indicator_value"]
    assert release.marts["indicator_value"].rows > len(values) > 0
    assert release_rows(installed, published, 1) == shown


@only_0_1_0
def test_the_first_release_after_the_upgrade_equals_the_last_one_before(
    installed: Settings,
) -> None:
    published = published_columns(installed)
    old = {number: release_rows(installed, published, number) for number in (1, 2)}
    migrate(installed)
    report = build(installed)
    assert report.is_new
    verdict = run_gate(installed, report.build_id)
    assert verdict.is_open, verdict
    release = publish(installed, report.build_id)
    assert release is not None
    last, first = old[2], release_rows(installed, published, release.release_id)
    assert all(len(last[f"published.{name}"]) > 1_000 for name in ("indicator_value", PROGRESS))
    # Only rows that the dump lacks are new.
    added = set(first[f"published.{PROGRESS}"]) - set(last[f"published.{PROGRESS}"])
    assert all("no_data" in row and not COMPLETE_PLANS.match(row) for row in added)
    first[f"published.{PROGRESS}"] = [
        row for row in first[f"published.{PROGRESS}"] if row not in added
    ]
    # Contributions due on the as-of date itself no longer count as due by then.
    name = "published.indicator_value"
    kept = [
        shown | {name: [row for row in shown[name] if not DUE_ON_THE_DAY.match(row)]}
        for shown in (first, last)
    ]
    assert kept[0] == kept[1]
    assert {number: release_rows(installed, published, number) for number in (1, 2)} == old


@only_0_1_0
def test_a_backup_from_before_the_upgrade_restores_the_former_state(
    installed: Settings, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.dump", tmp_path / "after.dump"
    backup(installed, before)
    migrate(installed)
    build(installed)
    backup(installed, after)
    assert archive_as_sql(after) != archive_as_sql(before)
    restore(installed, before)
    backup(installed, after)
    assert archive_as_sql(after) == archive_as_sql(before)


@only_0_1_0
def test_the_sources_of_landed_records_are_registered(installed: Settings) -> None:
    """An upgraded external warehouse continues to load what it has loaded before."""
    migrate(installed)
    contract = load_contract("employment")
    with connect(installed) as connection:
        (source,) = ledger.read(connection).values()
        explicit = installed.model_copy(update={"register_sources": "explicit"})
        check = SourceCheck(explicit, contract, connection)
    assert (source.source_system, source.registered_by) == ("simulator", "upgrade")
    with connect(installed) as connection:
        landed = [
            stream
            for stream in sorted(load_contracts())
            if connection.execute(f"select 1 from landing.{stream} limit 1".encode()).fetchone()
        ]
    assert source.streams == landed
    assert [(key.key_version, key.fingerprint) for key in source.keys] == [(1, None)]
    senders = {
        "source_system": ["simulator"] * 3 + ["other"],
        "token_key_version": [1] * 4,
        "token_key_fingerprint": [None, "0123456789abcdef", "fedcba9876543210", None],
        "township_code": ["522327001"] * 4,
    }
    rows = pl.DataFrame(senders).with_columns(_produced_at=dt.datetime.now(dt.UTC))
    codes = {row: reasons[0].split(":")[0] for row, reasons in check.broken_rows(rows).items()}
    assert codes == {2: "foreign_token_key", 3: "unknown_source"}


def test_analysts_cannot_read_tables_created_after_the_upgrade(installed: Settings) -> None:
    """The earlier versions let them read every table ever created in `published`."""
    migrate(installed)
    with connect(installed) as connection:
        connection.execute("create table published.about_persons (person_token text)")
    with (
        connect(installed, role=ANALYST) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("select * from published.about_persons")
