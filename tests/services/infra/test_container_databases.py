"""The init script of the PostgreSQL container, run on the embedded PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from pydantic import SecretStr

from infra.local.postgres import PostgresServer, program
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import migrate

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


def test_owner_migrates_without_superuser_rights(container: Settings) -> None:
    migrate(container)
    migrate(container)
    query = """
        select rolname::text, rolsuper from pg_roles
        where rolname in ('analyst', 'livelihood') order by 1
    """
    with psycopg.connect(container.database_url()) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [("analyst", False), ("livelihood", False)]
