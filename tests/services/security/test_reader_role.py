"""What an analyst tries in order to leave the role or to disturb others: refused or harmless."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg
import pytest
from typer.testing import CliRunner

from infra.local.postgres import PostgresServer
from livelihood.alerts import raise_alerts
from livelihood.cli.main import app
from livelihood.errors import LivelihoodError, StageBusy
from livelihood.settings import Settings
from livelihood.warehouse import ANALYST, connect, lease, migrate
from livelihood.warehouse.readers import end_overdue_sessions
from testkit.candidates import FIGURES, Candidates
from testkit.databases import temporary_database

FIRST = [("520000", "2023-06-01", 1, "final")]
SECOND = [("520000", "2023-06-01", 2, "final")]
ALL_COLUMNS = {**FIGURES["columns"], "unit": ("text", "")}

REFUSED = (
    "set role postgres",
    "set session authorization postgres",
    "alter role analyst superuser",
    "alter role analyst connection limit -1",
    "alter role caseworker password 'x'",
    "alter system set work_mem = '1GB'",
    "alter database postgres connection limit 0",
    "copy (select 1) to program 'true'",
    "copy published.release from '/etc/passwd'",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "select lo_import('/etc/passwd')",
    "select lo_from_bytea(0, 'x')",
    "select lo_create(0)",
    "select pg_advisory_lock(7001)",
    "select pg_try_advisory_xact_lock(7002, 1) from generate_series(1, 1000000)",
    "select pg_logical_emit_message(false, 'a', repeat('b', 1000000))",
    "select pg_notify('a', 'b')",
    "select pg_switch_wal()",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres'",
    "create table public.t ()",
    "create table published.t ()",
    "create temporary table t ()",
    "create schema s",
    "create extension dblink",
    "create function published.f() returns int language sql as 'select 1'",
    "select * from ops.stage_lease",
    "insert into ops.stage_lease values ('build', '', 1, now(), 'analyst')",
    "select * from ops.quarantine",
    "begin; lock table published.figures_vintages in share mode",
    "select * from published.figures for update",
    "delete from published.figures_vintages",
    "comment on table published.release is 'x'",
)


@pytest.fixture(scope="module")
def candidates(
    settings: Settings, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Candidates]:
    """A warehouse with one release."""
    with temporary_database(settings, postgres) as warehouse:
        candidates = Candidates(warehouse, tmp_path_factory.mktemp("candidates"))
        candidates.build(FIRST)
        candidates.publish()
        yield candidates


@pytest.fixture
def analyst(candidates: Candidates) -> Iterator[psycopg.Connection]:
    """A session that logged in as analyst, as psql does."""
    with connect(candidates.settings, autocommit=True, role=ANALYST) as connection:
        yield connection


def sql(candidates: Candidates, monkeypatch: pytest.MonkeyPatch, query: str) -> tuple[bool, str]:
    """Run `livelihood sql`. Return whether it was refused, and what it printed."""
    monkeypatch.setattr("livelihood.cli.queries.get_settings", lambda: candidates.settings)
    outcome = CliRunner().invoke(app, ["sql", "--json", query])
    return isinstance(outcome.exception, LivelihoodError), outcome.output


@pytest.mark.parametrize("statement", REFUSED)
def test_an_analyst_is_refused(analyst: psycopg.Connection, statement: str) -> None:
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)):
        analyst.execute(statement.encode())


@pytest.mark.parametrize(
    "query",
    [
        "select 1; select 2",
        "reset role; select pg_read_file('/etc/passwd')",
        "commit; select lo_from_bytea(0, 'x')",
        "set transaction read write; create temporary table t ()",
        "select * from ops.build",
        "select pg_read_file('/etc/passwd')",
        "create temporary table t ()",
    ],
)
def test_the_command_runs_one_statement_with_the_rights_of_an_analyst(
    candidates: Candidates, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    assert sql(candidates, monkeypatch, query)[0]


def test_the_command_logs_in_as_analyst(
    candidates: Candidates, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not sql(candidates, monkeypatch, "reset role")[0]
    _, output = sql(candidates, monkeypatch, "select session_user, current_user from figures")
    assert output.count('"analyst"') == 2


def test_a_session_has_limits(analyst: psycopg.Connection) -> None:
    limits = {
        "statement_timeout": "10min",
        "idle_in_transaction_session_timeout": "10min",
        "transaction_timeout": "1h",
        "idle_session_timeout": "1h",
        "temp_file_limit": "2GB",
    }
    assert limits == {
        name: analyst.execute(f"show {name}".encode()).fetchone()[0]  # type: ignore[index]
        for name in limits
    }
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute("set temp_file_limit = -1")


def test_limits_that_the_role_removed_from_itself_return_with_the_next_migration(
    candidates: Candidates, analyst: psycopg.Connection
) -> None:
    analyst.execute("alter role analyst set transaction_timeout = 0")
    migrate(candidates.settings)
    assert candidates.rows("show transaction_timeout", role=ANALYST) == [("1h",)]


def test_many_connections_of_an_analyst_leave_some_for_others(candidates: Candidates) -> None:
    address = f"{candidates.settings.database_url()}&user=analyst"
    with ExitStack() as stack:

        def connect_often() -> None:
            for _ in range(197):
                stack.enter_context(psycopg.connect(address))

        with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
            connect_often()
        assert candidates.rows("select 1", role="caseworker") == [(1,)]
        assert candidates.rows("select 1") == [(1,)]


@pytest.mark.parametrize("database", ["airflow", "postgres", "template1"])
def test_an_analyst_cannot_enter_other_databases(settings: Settings, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(settings.database_url(database), user="analyst")


@pytest.mark.parametrize("statement", ["select pg_sleep(60)", "select 1"])
def test_a_session_that_removes_its_limits_is_ended(candidates: Candidates, statement: str) -> None:
    """One never ends its query, the other its transaction."""
    strict = candidates.settings.model_copy(update={"reader_statement_seconds": 1})
    with (
        connect(candidates.settings, role=ANALYST) as session,
        connect(candidates.settings, role="caseworker") as other,
        ThreadPoolExecutor(1) as pool,
    ):
        session.execute("set statement_timeout = 0")
        session.execute("set idle_in_transaction_session_timeout = 0")
        running = pool.submit(session.execute, statement.encode())
        assert end_overdue_sessions(candidates.settings) == 0
        time.sleep(1.2)
        assert other.execute("select 1").fetchone() == (1,)
        assert end_overdue_sessions(strict) == 1
        with contextlib.suppress(psycopg.OperationalError):
            running.result(10)
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
        assert other.execute("select 1").fetchone() == (1,)


def test_advisory_locks_stop_no_stage(candidates: Candidates) -> None:
    """On a server where their functions cannot be revoked an analyst can take any."""
    candidates.build(SECOND)
    with connect(candidates.settings, autocommit=True) as other:
        for key in range(7001, 7008):
            other.execute("select pg_advisory_lock(%s)", [key])
            other.execute("select pg_advisory_lock(%s, hashtext('training'))", [key])
        hasty = candidates.settings.model_copy(update={"retry_seconds": 0.2})
        assert candidates.publish() is not None
        raise_alerts(hasty)
        migrate(hasty)
        with connect(hasty) as connection, lease(connection, "load", "training"):
            pass
        with connect(hasty) as connection, lease(connection, "build"):
            pass


def test_notifications_fill_no_disk_and_stop_no_stage(
    candidates: Candidates, analyst: psycopg.Connection
) -> None:
    with connect(candidates.settings, role=ANALYST) as listener:
        listener.execute("listen a")
        listener.commit()
        listener.execute("select 1")
        flood = [f"notify a, '{number:07000}'".encode() for number in range(1000)]
        with pytest.raises(psycopg.OperationalError, match="too many notifications"):
            list(map(analyst.execute, flood))
        migrate(candidates.settings)


def test_an_open_transaction_of_a_reader_delays_no_other_reader(candidates: Candidates) -> None:
    candidates.marts = [{**FIGURES, "columns": ALL_COLUMNS}]
    candidates.build([(*SECOND[0], "pct")])
    query = "select count(*) from published.figures"
    with (
        connect(candidates.settings, role=ANALYST) as reader,
        connect(candidates.settings, autocommit=True, role=ANALYST) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        reader.execute(query)
        publication = pool.submit(candidates.publish)
        waits = []
        for _ in range(25):
            began = time.monotonic()
            other.execute(query)
            waits.append(time.monotonic() - began)
            time.sleep(0.1)
        assert not publication.done()
        assert 0.3 < max(waits) < 2, "a reader waits behind the change for a second at most"
        reader.rollback()
        assert publication.result(20) is not None
    assert candidates.rows("select unit from published.figures") == [("pct",)]


def test_a_publication_that_cannot_begin_names_the_session(candidates: Candidates) -> None:
    columns = {**ALL_COLUMNS, "note": ("text", "")}
    candidates.marts = [{**FIGURES, "columns": columns}]
    candidates.build([(*SECOND[0], "pct", "")])
    before = candidates.published_state()
    candidates.settings = candidates.settings.model_copy(update={"retry_seconds": 0.5})
    with connect(candidates.settings, role=ANALYST) as reader:
        reader.execute("lock table published.figures in access share mode")
        session = rf"session {reader.info.backend_pid} of analyst, livelihood, in a transaction"
        with pytest.raises(StageBusy, match=session):
            candidates.publish()
        assert candidates.published_state() == before


def test_a_migration_behind_an_open_transaction_ends_with_an_error(candidates: Candidates) -> None:
    hasty = candidates.settings.model_copy(update={"retry_seconds": 0.5})
    with connect(hasty) as loader:
        loader.execute("lock table landing.training in row exclusive mode")
        with pytest.raises(StageBusy, match=f"migration: .*session {loader.info.backend_pid}"):
            migrate(hasty)
