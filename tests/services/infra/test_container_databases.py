"""The init script of the PostgreSQL container, run on the embedded PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from infra.local.backup import backup, restore
from infra.local.postgres import PostgresServer, program
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import connect, migrate
from livelihood.warehouse.readers import end_overdue_sessions

STRICT = {"reader_statement_seconds": 1}
SCRIPT = ROOT / "infra" / "postgres" / "init" / "10-databases.sh"


@pytest.fixture
def container(new_settings: Settings) -> Iterator[Settings]:
    """Yield settings of the warehouse owner in a PostgreSQL initialised by the script."""
    with PostgresServer(new_settings):
        with psycopg.connect(new_settings.database_url("postgres"), autocommit=True) as connection:
            connection.execute("drop database livelihood")
            connection.execute("drop database airflow")
        environment = {
            "PATH": f"{program('psql').parent}:{os.environ['PATH']}",
            "PGHOST": str(new_settings.socket_directory),
            "POSTGRES_USER": "postgres",
            "WAREHOUSE_PASSWORD": "it's",
            "AIRFLOW_DATABASE_PASSWORD": "b",
        }
        subprocess.run([str(SCRIPT)], env=environment, check=True)
        url = f"postgresql://livelihood@localhost/livelihood?host={new_settings.socket_directory}"
        yield new_settings.model_copy(update={"warehouse_url": SecretStr(url)})


def test_databases_have_owners_and_airflow_database_is_private(container: Settings) -> None:
    query = """
        select datname::text, pg_get_userbyid(datdba)::text,
               has_database_privilege('livelihood', datname, 'connect')
        from pg_database where not datistemplate and datname <> 'postgres' order by 1
    """
    with psycopg.connect(container.database_url()) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [("airflow", "airflow", False), ("livelihood", "livelihood", True)]


def test_owner_migrates_without_superuser_rights(
    container: Settings, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    migrate(container)
    migrate(container.model_copy(update={"analyst_password": SecretStr("a")}))
    assert "readers can still" not in caplog.text
    query = """
        select rolname::text, rolsuper from pg_roles
        where rolname in ('analyst', 'livelihood') order by 1
    """
    with psycopg.connect(container.database_url()) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [("analyst", False), ("livelihood", False)]
    with connect(container, role="analyst") as analyst:
        analyst.execute("select 1")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute("create temporary table t ()")
        analyst.rollback()
        analyst.execute("select 1")
        time.sleep(1.1)
        assert end_overdue_sessions(container.model_copy(update=STRICT)) == 1
        with pytest.raises(psycopg.errors.AdminShutdown):
            analyst.execute("select 1")
    backup(container, tmp_path / "livelihood.dump")
    restore(container, tmp_path / "livelihood.dump")
    with psycopg.connect(container.database_url(), user="postgres") as superuser:
        password = "select rolpassword from pg_authid where rolname = 'analyst'"
        (verifier,) = superuser.execute(password).fetchone() or ("",)
        assert verifier.startswith("SCRAM-SHA-256$")
        superuser.execute("grant execute on function pg_advisory_lock(bigint) to public")
        superuser.execute("revoke set on parameter temp_file_limit from livelihood")
    migrate(container)
    assert (
        "readers can still take advisory locks, write temporary files of any size, which the owner"
        in caplog.text
    )
