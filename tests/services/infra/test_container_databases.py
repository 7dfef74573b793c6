"""The init script of the PostgreSQL container, run on the embedded PostgreSQL."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
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
def passwords(tmp_path: Path) -> dict[str, str]:
    """Return the variables of the script, with passwords that need quoting."""
    files = {
        "WAREHOUSE_PASSWORD_FILE": "it's $1 `x` \\ :'a'",
        "AIRFLOW_DATABASE_PASSWORD_FILE": "b",
    }
    for name, password in files.items():
        (tmp_path / name).write_text(password)
    return {name: str(tmp_path / name) for name in files}


@pytest.fixture
def container(new_settings: Settings, passwords: dict[str, str]) -> Iterator[Settings]:
    """Yield settings of the warehouse owner in a PostgreSQL initialised by the script."""
    with PostgresServer(new_settings):
        with psycopg.connect(new_settings.database_url("postgres"), autocommit=True) as connection:
            connection.execute("drop database livelihood")
            connection.execute("drop database airflow")
        environment = {
            "PATH": f"{program('psql').parent}:{os.environ['PATH']}",
            "PGHOST": str(new_settings.socket_directory),
            "POSTGRES_USER": "postgres",
            **passwords,
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


def test_owners_have_the_passwords_of_the_files(
    container: Settings, passwords: dict[str, str]
) -> None:
    query = (
        "select rolname::text, rolpassword from pg_authid where rolcanlogin and rolname = any(%s)"
    )
    with psycopg.connect(container.database_url(), user="postgres") as superuser:
        verifiers: dict[str, str] = dict(
            superuser.execute(query, (["livelihood", "airflow"],)).fetchall()
        )
    for role, file in (("livelihood", "WAREHOUSE"), ("airflow", "AIRFLOW_DATABASE")):
        password = Path(passwords[f"{file}_PASSWORD_FILE"]).read_text()
        assert is_password(verifiers[role], password), role


def is_password(verifier: str, password: str) -> bool:
    """Return whether a SCRAM verifier of PostgreSQL belongs to the password (RFC 5803)."""
    iterations, salt, stored = re.split("[:$]", verifier)[1:4]
    salted = hashlib.pbkdf2_hmac(
        "sha256", password.encode(), base64.b64decode(salt), int(iterations)
    )
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    return base64.b64decode(stored) == hashlib.sha256(client_key).digest()


@pytest.mark.parametrize("content", [None, ""])
def test_a_missing_password_is_an_error(
    content: str | None, passwords: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "AIRFLOW_DATABASE_PASSWORD_FILE"
    file.unlink()
    if content is not None:
        file.write_text(content)
    ran = subprocess.run([str(SCRIPT)], env=passwords, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == f"the password file {file} is missing or empty\n"


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
