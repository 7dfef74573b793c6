"""The script that prepares the containers' PostgreSQL, run on the embedded one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from infra.local.postgres import PostgresServer, program
from livelihood.settings import ROOT, Settings
from livelihood.warehouse import migrate

SCRIPT = ROOT / "infra" / "postgres" / "init" / "10-databases.sh"


@pytest.fixture
def container(new_settings: Settings) -> Iterator[Settings]:
    """A PostgreSQL as the image leaves it before the script, and settings of the owner."""
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
        yield new_settings.model_copy(update={"warehouse_url": url})


def test_each_database_has_its_owner_and_airflows_is_closed_to_others(container: Settings) -> None:
    query = """
        select datname::text, pg_get_userbyid(datdba)::text,
               has_database_privilege('livelihood', datname, 'connect')
        from pg_database where not datistemplate and datname <> 'postgres' order by 1
    """
    with psycopg.connect(container.database_url()) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [("airflow", "airflow", False), ("livelihood", "livelihood", True)]


def test_the_owner_can_migrate_without_being_superuser(container: Settings) -> None:
    migrate(container)
    migrate(container)
    query = """
        select rolname::text, rolsuper from pg_roles
        where rolname in ('analyst', 'livelihood') order by 1
    """
    with psycopg.connect(container.database_url()) as connection:
        rows = connection.execute(query).fetchall()
    assert rows == [("analyst", False), ("livelihood", False)]
