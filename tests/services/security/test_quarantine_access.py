"""Who may read and purge the quarantine, and what that role may not do."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from infra.local.postgres import PostgresServer
from livelihood.settings import Settings
from livelihood.warehouse import ANALYST, CASEWORKER, KEEPER, connect
from livelihood.warehouse.connection import Role
from testkit.candidates import FIGURES, Candidates
from testkit.databases import temporary_database

PURGE = "select ops.purge_quarantine('employment', null, null, null, null, 'li', 'a long reason')"
READ = "select key, value, reasons from ops.quarantine"
KEEPER_IS_REFUSED = (
    "update ops.quarantine set value = 'forged'",
    "update ops.quarantine set purged_at = null",
    "delete from ops.quarantine",
    "truncate ops.quarantine",
    "insert into ops.quarantine_purge (stream, purged_by, reason, messages, bytes, offsets, login)"
    " values ('employment', 'x', 'x', 0, 0, '{}', 'x')",
    "update ops.quarantine_purge set purged_by = 'another'",
    "delete from ops.quarantine_purge",
    "select * from ops.load",
    "select * from ops.source_key",
    "select * from landing.employment",
    "select * from published.figures_vintages",
    "select * from published.release",
    "set role analyst",
    "set role postgres",
    "alter role quarantine_keeper connection limit -1",
    "create table ops.t ()",
    "create temporary table t ()",
    "create or replace function ops.purge_quarantine(text, text, timestamptz, integer, bigint,"
    " text, text) returns bigint language sql as 'select 1'",
    "select pg_advisory_lock(1)",
    "select lo_create(0)",
    "copy (select 1) to program 'true'",
)


@pytest.fixture(scope="module")
def warehouse(
    settings: Settings, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A warehouse with a release and a rejected message."""
    with temporary_database(settings, postgres) as warehouse:
        candidates = Candidates(warehouse, tmp_path_factory.mktemp("candidates"))
        candidates.build([("520000", "2023-06-01", 1, "final")])
        candidates.publish()
        assert FIGURES
        with connect(warehouse) as connection:
            connection.execute(
                'insert into ops.quarantine (stream, partition, "offset", produced_at, key, value,'
                " reasons, load_id) values ('employment', 0, 1, now(), 'k', 'v', '{a: b: c}', 1)"
            )
        yield warehouse


@pytest.mark.parametrize("statement", [READ, PURGE, "select * from ops.quarantine_purge"])
@pytest.mark.parametrize("role", [ANALYST, CASEWORKER])
def test_other_readers_neither_read_nor_purge(
    warehouse: Settings, role: Role, statement: str
) -> None:
    with (
        connect(warehouse, role=role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


@pytest.mark.parametrize("statement", KEEPER_IS_REFUSED)
def test_a_keeper_is_refused_everything_else(warehouse: Settings, statement: str) -> None:
    with (
        connect(warehouse, role=KEEPER) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_a_keeper_reads_and_purges(warehouse: Settings) -> None:
    with connect(warehouse, role=KEEPER) as connection:
        assert connection.execute(READ).fetchall() == [(b"k", b"v", ["a: b: c"])]
        assert connection.execute(PURGE).fetchone() != (None,)
        assert connection.execute(READ).fetchall() == [(None, None, ["a: b: c"])]
        [login] = connection.execute("select login from ops.quarantine_purge").fetchall()
        assert login == (KEEPER,)
        connection.rollback()


def test_a_purged_message_cannot_get_bytes_again(warehouse: Settings) -> None:
    with (
        connect(warehouse) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute("update ops.quarantine set purged_at = now()")
