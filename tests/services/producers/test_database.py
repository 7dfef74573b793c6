"""Sending from a real PostgreSQL: its types arrive, it is only read, no secret is shown."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa

from infra.local.environment import process_environment
from infra.local.postgres import PostgresServer
from livelihood.kafka import create_topics
from livelihood.settings import Settings
from producers.errors import SourceError
from producers.sources.addresses import database_url
from producers.sources.database import open_database
from testkit.raw_rows import wage_rows
from tests.services.producers.topic_tail import TopicTail

PASSWORD = "geheim-1949"
WAGES = "select * from export.wages order by record_id"


@pytest.fixture
def tail(settings: Settings, kafka: object) -> TopicTail:
    create_topics(settings)
    return TopicTail(settings)


@pytest.fixture
def database(settings: Settings, postgres: PostgresServer) -> Iterator[psycopg.Connection]:
    """A database of its own with wages in a payroll's types, named `payroll` in the settings."""
    admin = settings.database_url("postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("create database payroll")
    address = settings.database_url("payroll", "postgresql+psycopg")
    path = settings.home / "sources.toml"
    path.write_text(
        f'[payroll]\nurl = "{address.replace("postgres@", f"postgres:{PASSWORD}@")}"\n'
        f'[away]\nurl = "postgresql://me:{PASSWORD}@127.0.0.1:1/db"\n',
        encoding="utf-8",
    )
    path.chmod(0o600)
    _write_wages(settings.database_url("payroll", "postgresql+psycopg"))
    with psycopg.connect(settings.database_url("payroll"), autocommit=True) as connection:
        yield connection
    path.unlink()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("drop database payroll")


def _write_wages(url: str) -> None:
    rows = wage_rows(300).drop("source_system")
    rows = rows.with_columns(amount_due=pl.col("amount_due_fen").cast(pl.Decimal(12, 2)) / 100)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create schema export")
        rows.drop("amount_due_fen").write_database("export.wages", connection)
        connection.exec_driver_sql(
            "set local time zone 'UTC';"
            " alter table export.wages"
            " alter amount_due type numeric(12, 2) using amount_due::numeric,"
            " alter recorded_at type timestamptz using recorded_at::timestamptz"
        )
    engine.dispose()


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The columns of wages under their own names; the amount due is in yuan."""
    names = (name for name in wage_rows(0).columns if name != "source_system")
    columns: dict[str, object] = {name: name for name in names}
    columns["amount_due_fen"] = {"from": "amount_due", "unit": "yuan"}
    path = tmp_path / "wages.mapping.yaml"
    document = {"stream": "wage_payment", "source_system": "payroll_pg", "columns": columns}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def send(settings: Settings, *words: object) -> subprocess.CompletedProcess[str]:
    """Run `livelihood send wage_payment`."""
    program = "from livelihood.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "send", "wage_payment", *map(str, words)],
        env=process_environment(settings, is_producer=True),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_query_is_sent_once_and_a_changed_row_again(
    settings: Settings,
    tail: TopicTail,
    database: psycopg.Connection,
    mapping: Path,
    tmp_path: Path,
) -> None:
    query = tmp_path / "wages.sql"
    query.write_text(WAGES + ";\n", encoding="utf-8")
    words = ("--from-database", "payroll", "--query", f"@{query}", "--mapping", mapping)
    for _ in range(2):
        ran = send(settings, *words)
        assert ran.returncode == 0, ran.stderr
    documents = tail.documents()
    assert {d["record_id"] for d in documents} == {f"w:{n}" for n in range(300)}
    assert len(documents) == 300
    first = documents[0]
    assert (first["amount_due_fen"], first["wage_month"]) == (350_000, "2022-01-01")
    assert (first["is_migrant_worker"], first["source_system"]) == (True, "payroll_pg")
    assert first["recorded_at"].startswith("2022-03-01T08:00:00")
    database.execute("update export.wages set amount_paid_fen = 1 where record_id = 'w:7'")
    assert send(settings, *words).returncode == 0
    documents = tail.documents()
    assert len(documents) == 600
    assert [d["record_id"] for d in documents if d["amount_paid_fen"] == 1] == ["w:7"]


@pytest.mark.parametrize(
    ("name", "query", "message"),
    [
        ("payrol", WAGES, "names no database 'payrol'; it names: payroll, away"),
        ("away", WAGES, "the database away does not answer ("),
        ("payroll", "select a from export.wages order by 1", 'column "a" does not exist'),
        ("payroll", "selec a order by 1", "refused the query: syntax error"),
        ("payroll", "select record_id from export.wages order by 1", "has no column"),
        ("payroll", "select * from export.wages", "has no `order by`"),
        ("payroll", "@missing.sql", "the query file missing.sql cannot be read"),
    ],
)
@pytest.mark.usefixtures("database")
def test_an_error_is_one_line_without_the_address(
    settings: Settings, tail: TopicTail, mapping: Path, name: str, query: str, message: str
) -> None:
    ran = send(settings, "--from-database", name, "--query", query, "--mapping", mapping)
    assert ran.returncode == 1
    assert ran.stderr.startswith("livelihood: ")
    assert message in ran.stderr
    assert ran.stderr.count("\n") == 1
    for secret in (PASSWORD, "postgresql+psycopg://"):
        assert secret not in ran.stdout + ran.stderr
    assert tail.documents() == []


WRITING = (
    "delete from export.wages where record_id in (select record_id from export.wages order by 1)",
    "delete from export.wages returning record_id -- order by",
    "with gone as (delete from export.wages returning record_id) select * from gone order by 1",
    "select export.empty_wages() as n order by n",
    "create table export.copy as select * from export.wages order by record_id",
)


@pytest.mark.parametrize("query", WRITING)
def test_a_query_cannot_write(settings: Settings, database: psycopg.Connection, query: str) -> None:
    database.execute(
        "create function export.empty_wages() returns int language sql volatile"
        " as 'delete from export.wages; select 1'"
    )
    url = database_url(settings, "payroll")
    with (
        open_database(url, "payroll", query) as source,
        pytest.raises(SourceError, match="the database payroll refused the query"),
    ):
        list(source.frames())
    [rows] = database.execute("select count(*) from export.wages").fetchone() or [0]
    assert rows == 300


def test_rows_are_those_of_one_moment(settings: Settings, database: psycopg.Connection) -> None:
    """Rows that are inserted between the fingerprint and the reading are of the next import."""
    with open_database(database_url(settings, "payroll"), "payroll", WAGES) as source:
        assert source.fingerprint
        database.execute("delete from export.wages where record_id = 'w:0'")
        assert sum(frame.height for frame in source.frames()) == 300


def test_an_interrupted_reading_ends_the_transaction(
    settings: Settings, database: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.sources.text.CHUNK_ROWS", 10)
    monkeypatch.setattr("producers.sources.database.CHUNK_ROWS", 10)
    with open_database(database_url(settings, "payroll"), "payroll", WAGES) as source:
        frames = source.frames()
        assert next(frames).height == 10
    del frames
    query = "select count(*) from pg_stat_activity where datname = 'payroll' and state <> 'idle'"
    assert database.execute(query).fetchone() == (1,), "only this one is active"


def test_types_of_postgresql_become_text(settings: Settings, database: psycopg.Connection) -> None:
    query = """
        select 12345678901234567890.10::numeric as amount, '{a,文}'::text[] as list,
            '{"a": 1}'::jsonb as document, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid as id,
            timestamptz '2022-01-05 08:00+08' as instant, null::date as nothing, '50%' as share
        order by 1"""
    with open_database(database_url(settings, "payroll"), "payroll", query) as source:
        [frame] = list(source.frames())
    row = frame.row(0, named=True)
    assert row["amount"] == "12345678901234567890.10"
    assert (row["list"], row["document"]) == ('["a", "文"]', '{"a": 1}')
    assert row["id"] == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    assert (row["instant"], row["nothing"]) == ("2022-01-05T00:00:00Z", None)
    assert row["share"] == "50%"
